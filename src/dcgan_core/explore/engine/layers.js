// The generator's layers. A map is a Float32Array, row by row, pixel by pixel, channel by channel.

const SELU_SCALE = 1.0507009873554805, SELU_ALPHA = 1.6732632423543772;

/** Latent, and a mix of two classes [first, second, share], to the image's values. */
function drawn(network, latent, mix) {
  let map = Float32Array.from(latent);
  for (const operation of network) map = LAYERS[operation.kind](operation, map, mix, latent);
  return map;
}

const LAYERS = {
  /** Every output is a bias and a sum over all inputs. */
  linear({ weight, bias }, latent) {
    const map = Float64Array.from(bias);
    for (let place = 0, at = 0; place < latent.length; place++, at += map.length) {
      const value = latent[place];
      for (let out = 0; out < map.length; out++) map[out] += value * weight[at + out];
    }
    return Float32Array.from(map);
  },

  /** A transposed convolution, or with stride 1 a plain one with its kernel turned. */
  conv(operation, map) {
    const { from, size, channels, inputs, border, padded, edge, wide, bias } = operation;
    const input = bordered(map, from, inputs, border, padded, edge);
    const result = new Float32Array(size[0] * size[1] * channels);
    for (const phase of operation.phases) {
      multiplied(phase, input, bias, inputs, channels, wide, result);
    }
    return result;
  },

  /** A mixture of fixed patterns in the latent's shares, with a strength for each channel. */
  noise({ strength, patterns, count }, map, _, latent) {
    const channels = strength.length, pixels = patterns.length / count;
    const shares = Array.from(latent.slice(0, count)), length = Math.hypot(...shares);
    if (!length) return map;
    for (let pixel = 0, at = 0; pixel < pixels; pixel++) {
      let value = 0;
      for (let k = 0; k < shares.length; k++) value += shares[k] * patterns[k * pixels + pixel];
      value /= length;
      for (let c = 0; c < channels; c++, at++) map[at] += strength[c] * value;
    }
    return map;
  },

  /** Mean 0 and deviation 1 over what an image has: all, each channel, or root mean square 1. */
  norm({ over, eps, weight, bias, channels }, map) {
    NORMS[over](map, channels, eps);
    if (weight) affine(map, weight, bias);
    return map;
  },

  /** Gains and biases of the image's class; between two classes, in between. */
  classes({ gain, bias, channels }, map, [first, second, share]) {
    const row = (table) => Float32Array.from({ length: channels }, (_, c) =>
      (1 - share) * table[first * channels + c] + share * table[second * channels + c]);
    affine(map, row(gain), row(bias));
    return map;
  },

  relu(_, map) {
    for (let at = 0; at < map.length; at++) if (map[at] < 0) map[at] = 0;
    return map;
  },

  leaky_relu({ slope }, map) {
    for (let at = 0; at < map.length; at++) if (map[at] < 0) map[at] *= slope;
    return map;
  },

  selu(_, map) {
    for (let at = 0; at < map.length; at++) {
      const value = map[at];
      map[at] = SELU_SCALE * (value > 0 ? value : SELU_ALPHA * Math.expm1(value));
    }
    return map;
  },

  tanh(_, map) {
    for (let at = 0; at < map.length; at++) map[at] = Math.tanh(map[at]);
    return map;
  },
};

const NORMS = {
  layer(map, channels, eps) {
    standardised(map, 0, 1, eps);
  },
  instance(map, channels, eps) {
    for (let c = 0; c < channels; c++) standardised(map, c, channels, eps);
  },
  pixel(map, channels, eps) {
    for (let at = 0; at < map.length; at += channels) {
      let squares = 0;
      for (let c = 0; c < channels; c++) squares += map[at + c] * map[at + c];
      const factor = 1 / Math.sqrt(squares / channels + eps);
      for (let c = 0; c < channels; c++) map[at + c] *= factor;
    }
  },
};

/** Every step-th value from first on, to mean 0 and deviation 1. */
function standardised(map, first, step, eps) {
  let count = 0, mean = 0, variance = 0;
  for (let at = first; at < map.length; at += step, count++) mean += map[at];
  mean /= count;
  for (let at = first; at < map.length; at += step) variance += (map[at] - mean) ** 2;
  const factor = 1 / Math.sqrt(variance / count + eps);
  for (let at = first; at < map.length; at += step) map[at] = (map[at] - mean) * factor;
}

function affine(map, gain, bias) {
  const channels = gain.length;
  for (let at = 0; at < map.length;) {
    for (let c = 0; c < channels; c++, at++) map[at] = map[at] * gain[c] + bias[c];
  }
}

/** The map with a border of zeros or of its own edge. */
function bordered(map, [rows, columns], channels, [[above], [left]], padded, edge) {
  const result = new Float32Array(padded[0] * padded[1] * channels);
  for (let y = 0; y < padded[0]; y++) for (let x = 0; x < padded[1]; x++) {
    const row = Math.min(Math.max(y - above, 0), rows - 1);
    const column = Math.min(Math.max(x - left, 0), columns - 1);
    if (!edge && (row !== y - above || column !== x - left)) continue;
    const from = (row * columns + column) * channels;
    result.set(map.subarray(from, from + channels), (y * padded[1] + x) * channels);
  }
  return result;
}

/**
 * One phase of a convolution: four pixels by four channels at a time, so that every number that is
 * read is used four times.
 */
function multiplied(phase, map, bias, inputs, channels, wide, result) {
  const { weights, steps, sources, targets } = phase;
  const last = sources.length - 1;
  for (let pixel = 0; pixel <= last; pixel += 4) {
    const s0 = sources[pixel], s1 = sources[Math.min(pixel + 1, last)];
    const s2 = sources[Math.min(pixel + 2, last)], s3 = sources[Math.min(pixel + 3, last)];
    for (let o = 0; o < wide; o += 4) {
      let a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0;
      let c0 = 0, c1 = 0, c2 = 0, c3 = 0, d0 = 0, d1 = 0, d2 = 0, d3 = 0;
      for (let tap = 0; tap < steps.length; tap++) {
        const p0 = s0 + steps[tap], p1 = s1 + steps[tap];
        const p2 = s2 + steps[tap], p3 = s3 + steps[tap];
        const q0 = (tap * wide + o) * inputs, q1 = q0 + inputs, q2 = q1 + inputs, q3 = q2 + inputs;
        for (let c = 0; c < inputs; c++) {
          const x0 = map[p0 + c], x1 = map[p1 + c], x2 = map[p2 + c], x3 = map[p3 + c];
          const w0 = weights[q0 + c], w1 = weights[q1 + c];
          const w2 = weights[q2 + c], w3 = weights[q3 + c];
          a0 += x0 * w0; a1 += x0 * w1; a2 += x0 * w2; a3 += x0 * w3;
          b0 += x1 * w0; b1 += x1 * w1; b2 += x1 * w2; b3 += x1 * w3;
          c0 += x2 * w0; c1 += x2 * w1; c2 += x2 * w2; c3 += x2 * w3;
          d0 += x3 * w0; d1 += x3 * w1; d2 += x3 * w2; d3 += x3 * w3;
        }
      }
      const many = Math.min(4, channels - o);
      put(result, targets[pixel] + o, many, bias, o, a0, a1, a2, a3);
      if (pixel < last) put(result, targets[pixel + 1] + o, many, bias, o, b0, b1, b2, b3);
      if (pixel + 1 < last) put(result, targets[pixel + 2] + o, many, bias, o, c0, c1, c2, c3);
      if (pixel + 2 < last) put(result, targets[pixel + 3] + o, many, bias, o, d0, d1, d2, d3);
    }
  }
}

function put(result, at, many, bias, o, v0, v1, v2, v3) {
  result[at] = v0 + bias[o];
  if (many > 1) result[at + 1] = v1 + bias[o + 1];
  if (many > 2) result[at + 2] = v2 + bias[o + 2];
  if (many > 3) result[at + 3] = v3 + bias[o + 3];
}
