// Animated GIFs (GIF89a): one palette for all frames by median cut, pictures by LZW.

const COLOURS = 256;

/**
 * Frames of RGBA bytes as the bytes of a GIF that loops for ever.
 * delay: of each frame, in hundredths of a second; factor: by how much pixels are enlarged.
 */
function gifOf(frames, width, height, delay, factor) {
  const { palette, places } = paletteOf(frames);
  const wide = width * factor, high = height * factor;
  const file = [];
  const word = (value) => file.push(value & 255, value >> 8);
  const text = (letters) => { for (const letter of letters) file.push(letter.charCodeAt(0)); };
  text('GIF89a');
  word(wide);
  word(high);
  file.push(0xf7, 0, 0, ...palette);
  file.push(0x21, 0xff, 11);
  text('NETSCAPE2.0');
  file.push(3, 1, 0, 0, 0);
  for (const frame of frames) {
    file.push(0x21, 0xf9, 4, 0);
    word(delay);
    file.push(0, 0, 0x2c, 0, 0, 0, 0);
    word(wide);
    word(high);
    file.push(0, 8);
    const codes = compressed(enlarged(frame, places, width, height, factor));
    for (let at = 0; at < codes.length; at += 255) {
      const block = codes.slice(at, at + 255);
      file.push(block.length, ...block);
    }
    file.push(0);
  }
  file.push(0x3b);
  return Uint8Array.from(file);
}

/** A colour's cell: six bits a channel. */
function cellOf(bytes, at) {
  return ((bytes[at] >> 2) << 12) | ((bytes[at + 1] >> 2) << 6) | (bytes[at + 2] >> 2);
}

/**
 * At most 256 colours, 768 numbers, and the place among them of every cell in use. The box of
 * colours with the most spread, counted by pixels, is halved until there are enough.
 */
function paletteOf(frames) {
  const counts = new Uint32Array(1 << 18);
  for (const frame of frames) {
    for (let at = 0; at < frame.length; at += 4) counts[cellOf(frame, at)]++;
  }
  const cells = [];
  counts.forEach((count, cell) => { if (count) cells.push(cell); });
  const boxes = [boxOf(cells, counts)];
  while (boxes.length < COLOURS) {
    const widest = boxes.reduce((best, box) => (box.worth > best.worth ? box : best));
    if (widest.worth === 0) break;
    const [low, high] = halved(widest, counts);
    boxes[boxes.indexOf(widest)] = boxOf(low, counts);
    boxes.push(boxOf(high, counts));
  }
  const palette = new Array(3 * COLOURS).fill(0), places = new Uint8Array(1 << 18);
  boxes.forEach(({ cells: own, middle }, place) => {
    middle.forEach((value, axis) => { palette[3 * place + axis] = value; });
    for (const cell of own) places[cell] = place;
  });
  return { palette, places };
}

const SHIFTS = [12, 6, 0];

function boxOf(cells, counts) {
  let total = 0;
  const least = [63, 63, 63], most = [0, 0, 0], sums = [0, 0, 0];
  for (const cell of cells) {
    total += counts[cell];
    SHIFTS.forEach((shift, axis) => {
      const value = (cell >> shift) & 63;
      least[axis] = Math.min(least[axis], value);
      most[axis] = Math.max(most[axis], value);
      sums[axis] += value * counts[cell];
    });
  }
  const spreads = most.map((value, axis) => value - least[axis]);
  const spread = Math.max(...spreads);
  // A cell's 64 levels are spread over 0 to 255, so that black and white stay what they are.
  const middle = sums.map((sum) => Math.round((sum / total) * (255 / 63)));
  return { cells, total, axis: spreads.indexOf(spread), worth: spread * Math.sqrt(total), middle };
}

function halved({ cells, total, axis }, counts) {
  const shift = SHIFTS[axis];
  const sorted = cells.slice().sort((a, b) => ((a >> shift) & 63) - ((b >> shift) & 63));
  let cut = 0;
  for (let sum = 0; cut < sorted.length - 1 && sum + counts[sorted[cut]] / 2 < total / 2; cut++) {
    sum += counts[sorted[cut]];
  }
  cut = Math.max(1, cut);
  return [sorted.slice(0, cut), sorted.slice(cut)];
}

function enlarged(frame, places, width, height, factor) {
  const wide = width * factor;
  const pixels = new Uint8Array(wide * height * factor);
  for (let y = 0; y < height * factor; y++) for (let x = 0; x < wide; x++) {
    const from = (Math.floor(y / factor) * width + Math.floor(x / factor)) * 4;
    pixels[y * wide + x] = places[cellOf(frame, from)];
  }
  return pixels;
}

/** LZW with codes of 9 to 12 bits, as GIF has it. */
function compressed(pixels) {
  const clear = COLOURS, end = COLOURS + 1, most = 4096;
  const children = new Int32Array(most * COLOURS);
  const bytes = [];
  let bits = 0, held = 0, size = 9, next = end + 1, round = 1;
  const write = (code) => {
    held |= code << bits;
    for (bits += size; bits >= 8; bits -= 8, held >>>= 8) bytes.push(held & 255);
  };
  write(clear);
  let prefix = pixels[0];
  for (let at = 1; at < pixels.length; at++) {
    const place = prefix * COLOURS + pixels[at], child = children[place];
    // Entries of rounds before a clear code count no more, without being wiped.
    if (child >> 12 === round) {
      prefix = child & 4095;
      continue;
    }
    write(prefix);
    prefix = pixels[at];
    if (next < most) {
      children[place] = (round << 12) | next;
      if (next++ === 1 << size) size++;
    } else {
      write(clear);
      size = 9;
      next = end + 1;
      round++;
    }
  }
  write(prefix);
  write(end);
  if (bits) bytes.push(held & 255);
  return bytes;
}
