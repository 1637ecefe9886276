// From a snapshot's text to numbers that the layers can run on.

let halfTable = null;

/** What each of the 65,536 half-precision numbers (IEEE 754 binary16) is worth. */
function halves() {
  if (halfTable) return halfTable;
  halfTable = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const exponent = (bits >> 10) & 31, fraction = bits & 1023;
    const size = exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction / 2 ** 24;
    halfTable[bits] = bits & 0x8000 ? -size : size;
  }
  return halfTable;
}

/** Base64 of half-precision numbers, low byte first, as their bits. */
function halfBits(text) {
  const bytes = atob(text);
  const bits = new Uint16Array(bytes.length / 2);
  for (let place = 0; place < bits.length; place++) {
    bits[place] = bytes.charCodeAt(2 * place) | (bytes.charCodeAt(2 * place + 1) << 8);
  }
  return bits;
}

/** A tensor of the page: {at, count, scale} in a snapshot's bits. */
function tensorOf(bits, { at, count, scale }) {
  const table = halves();
  const values = new Float32Array(count);
  for (let place = 0; place < count; place++) values[place] = scale * table[bits[at + place]];
  return values;
}

/** A snapshot ready to run: its operations with their tensors in the order the layers want. */
function prepared(snapshot, bits) {
  return snapshot.operations.map((operation) => {
    const tensors = {};
    for (const [name, place] of Object.entries(operation.tensors)) {
      tensors[name] = tensorOf(bits, place);
    }
    const ready = { ...operation, ...tensors };
    return operation.kind === 'conv' ? { ...ready, ...phasesOf(ready) } : ready;
  });
}

/** kernel[y][x] blocks of out·in weights; a doubling's filter is multiplied in. */
function fullKernel({ weight, kernel, filter, channels, inputs }) {
  if (!filter) return { full: weight, sides: kernel };
  const block = channels * inputs;
  const sides = kernel.map((side) => side + filter.length - 1);
  const full = new Float32Array(sides[0] * sides[1] * block);
  for (let y = 0; y < kernel[0]; y++) for (let x = 0; x < kernel[1]; x++) {
    const from = (y * kernel[1] + x) * block;
    filter.forEach((down, row) => filter.forEach((across, column) => {
      const to = ((y + row) * sides[1] + x + column) * block;
      const factor = down * across;
      for (let place = 0; place < block; place++) full[to + place] += factor * weight[from + place];
    }));
  }
  return { full, sides };
}

/**
 * A transposed convolution as plain ones, a phase for each remainder of the target's row and
 * column: output y gets input (y + shift - tap)/stride for the taps where that is whole.
 */
function phasesOf(operation) {
  const { full, sides } = fullKernel(operation);
  const { stride, shift, size, from, channels, inputs } = operation;
  const wide = 4 * Math.ceil(channels / 4);
  const along = [0, 1].map((axis) => alongSide(stride, shift[axis], sides[axis], size[axis]));
  const border = along.map(({ lowest, highest }, axis) => [-lowest, highest - from[axis] + 1]);
  const padded = [0, 1].map((axis) => from[axis] + border[axis][0] + border[axis][1]);
  const phases = [];
  for (const down of along[0].phases) for (const across of along[1].phases) {
    const taps = down.taps.flatMap((y) => across.taps.map((x) => ({ y, x })));
    const weights = new Float32Array(taps.length * wide * inputs);
    const steps = new Int32Array(taps.length);
    taps.forEach(({ y, x }, place) => {
      steps[place] = (y.step * padded[1] + x.step) * inputs;
      const block = (y.tap * sides[1] + x.tap) * channels * inputs;
      weights.set(full.subarray(block, block + channels * inputs), place * wide * inputs);
    });
    const count = down.count * across.count;
    const sources = new Int32Array(count), targets = new Int32Array(count);
    for (let place = 0; place < count; place++) {
      const y = Math.floor(place / across.count), x = place % across.count;
      sources[place] = ((y + border[0][0]) * padded[1] + x + border[1][0]) * inputs;
      targets[place] = ((y * stride + down.first) * size[1] + x * stride + across.first) * channels;
    }
    if (count) phases.push({ weights, steps, sources, targets });
  }
  return { phases, border, padded, wide, weight: null };
}

/** The phases along one side, and how far outside the input they reach. */
function alongSide(stride, shift, kernel, size) {
  const phases = [];
  let lowest = 0, highest = 0;
  for (let first = 0; first < stride; first++) {
    const count = Math.max(0, Math.ceil((size - first) / stride));
    const taps = [];
    for (let tap = 0; tap < kernel; tap++) {
      if ((first + shift - tap) % stride) continue;
      const step = (first + shift - tap) / stride;
      taps.push({ tap, step });
      if (count) {
        lowest = Math.min(lowest, step);
        highest = Math.max(highest, step + count - 1);
      }
    }
    phases.push({ first, count, taps });
  }
  return { phases, lowest, highest };
}
