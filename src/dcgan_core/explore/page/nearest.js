// The training images nearest to what is shown, by averages over a grid of 16 by 16.

const GRID = 16, FOUND = 6;
const training = { sprite: null, grids: null };

/** Averages over a grid of GRID by GRID parts of an RGBA picture, three numbers a part. */
function gridOf(bytes, wide, left, top, width, height) {
  const grid = new Float32Array(GRID * GRID * 3);
  const ends = (part, side) =>
    [Math.floor((part * side) / GRID), Math.ceil(((part + 1) * side) / GRID)];
  for (let part = 0; part < GRID * GRID; part++) {
    const at = 3 * part;
    const [y0, y1] = ends(Math.floor(part / GRID), height), [x0, x1] = ends(part % GRID, width);
    for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) {
      const from = ((top + y) * wide + left + x) * 4;
      for (let c = 0; c < 3; c++) grid[at + c] += bytes[from + c];
    }
    for (let c = 0; c < 3; c++) grid[at + c] /= (y1 - y0) * (x1 - x0);
  }
  return grid;
}

/** The grid of the picture's mirror image. */
function mirrored(grid) {
  return grid.map((_, at) => {
    const part = Math.floor(at / 3), column = part % GRID;
    return grid[(part + GRID - 1 - 2 * column) * 3 + (at % 3)];
  });
}

/** Read the small training images, once. */
async function readTraining() {
  const { count, columns, width, height } = facts.training;
  const sprite = made('img', { src: byId('sprite').textContent });
  await sprite.decode();
  const canvas = canvasOf(sprite.naturalWidth, sprite.naturalHeight);
  const drawing = canvas.getContext('2d', { willReadFrequently: true });
  drawing.drawImage(sprite, 0, 0);
  const { data } = drawing.getImageData(0, 0, canvas.width, canvas.height);
  const place = (row) => [(row % columns) * width, Math.floor(row / columns) * height];
  training.grids = Array.from({ length: count }, (_, row) =>
    gridOf(data, canvas.width, ...place(row), width, height));
  training.sprite = sprite;
  training.place = place;
  nearestSoon();
}

/** Root mean square differences to all training images, as they are or mirrored; nearest first. */
function nearestTo(grid) {
  const turned = mirrored(grid);
  const squares = (one, other) => {
    let sum = 0;
    for (let at = 0; at < one.length; at++) sum += (one[at] - other[at]) ** 2;
    return sum;
  };
  const found = training.grids.map((other, row) => {
    const straight = squares(grid, other), mirror = squares(turned, other);
    return { row, squares: Math.min(straight, mirror), mirror: mirror < straight };
  });
  found.sort((one, other) => one.squares - other.squares);
  return found.slice(0, FOUND).map(({ row, squares: sum, mirror }) =>
    ({ row, mirror, distance: Math.sqrt(sum / grid.length) }));
}

const nearestSoon = soon(() => {
  const bytes = heldImage(pointShown());
  if (!training.grids || !bytes || playing) return;
  const { width, height } = facts.training;
  const found = nearestTo(gridOf(bytes, facts.width, 0, 0, facts.width, facts.height));
  byId('nearest').replaceChildren(...found.map(({ row, mirror, distance }) => {
    const canvas = canvasOf(width, height);
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', `training image at distance ${distance.toFixed(1)}`);
    const drawing = canvas.getContext('2d');
    if (mirror) drawing.setTransform(-1, 0, 0, 1, width, 0);
    drawing.drawImage(training.sprite, ...training.place(row), width, height, 0, 0, width, height);
    return made('li', {}, canvas, distance.toFixed(1) + (mirror ? ' ↔' : ''));
  }));
  byId('nearest').dataset.rows = found.map(({ row }) => row).join();
}, 150);
