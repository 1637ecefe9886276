// The wall of samples.

const ROWS = 6, COLUMNS = 6, CELLS = ROWS * COLUMNS;

const cells = Array.from({ length: CELLS }, (_, place) => {
  const canvas = canvasOf();
  const told = made('small');
  const button = made('button', { type: 'button', className: 'cell' }, canvas, told);
  // Tab leads into the wall once; arrow keys go on from there.
  button.tabIndex = place ? -1 : 0;
  button.addEventListener('click', () => chosen(state.from + place));
  button.addEventListener('keydown', (event) => moved(event, place));
  byId('wall').append(button);
  return { button, canvas, told };
});

const MOVES = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS };

/** Arrow keys go from cell to cell, and over the edge to other numbers. */
function moved(event, place) {
  const step = MOVES[event.key];
  if (!step) return;
  event.preventDefault();
  let to = place + step;
  if (to < 0 || to >= CELLS) {
    if (!turned(to < 0 ? -CELLS : CELLS)) return;
    to = (to + CELLS) % CELLS;
  }
  cells[place].button.tabIndex = -1;
  cells[to].button.tabIndex = 0;
  cells[to].button.focus();
}

/** Show other numbers; false where there are none. */
function turned(step) {
  const from = Math.min(Math.max(0, state.from + step), MOST_NUMBER - CELLS + 1);
  if (from === state.from) return false;
  state.from = from;
  changed();
  return true;
}

let wallRound = 0;

/** Draw all cells; those that are drawn already stay. */
async function drawWall() {
  const round = ++wallRound, begin = performance.now();
  document.body.dataset.wall = 'drawing';
  let fresh = 0;
  await Promise.all(cells.map(async (cell, place) => {
    const point = pointOf({ number: state.from + place, of: classOf(state.from + place) });
    if (!heldImage(point)) {
      fresh++;
      cell.canvas.classList.add('waits');
    }
    const bytes = await imageWhile(() => round === wallRound, point, URGENCY.wall);
    if (!bytes) return;
    paint(cell.canvas, bytes);
    cell.canvas.classList.remove('waits');
  }));
  if (round !== wallRound) return;
  document.body.dataset.wall = 'drawn';
  const seconds = (performance.now() - begin) / 1000;
  if (fresh === CELLS) say(`${CELLS} images drawn in ${seconds.toFixed(1)} s`);
}

/** Numbers, letters and words at the cells. */
function labelWall() {
  cells.forEach(({ button, told }, place) => {
    const number = state.from + place, of = classOf(number);
    const picked = pickOf(number, of);
    const name = [`Image ${number}`, classNamed(of)].filter(Boolean).join(', ');
    button.setAttribute('aria-label', picked < 0 ? name : `${name}, picked as ${letterOf(picked)}`);
    button.setAttribute('aria-pressed', String(picked >= 0));
    told.textContent = [number, classNamed(of)].filter((part) => part !== '').join(' · ');
    button.querySelector('.letter')?.remove();
    const letter = { className: 'letter', textContent: letterOf(picked) };
    if (picked >= 0) button.append(made('span', letter));
  });
  byId('from').value = state.from;
  byId('back').disabled = state.from === 0;
  byId('on').disabled = state.from > MOST_NUMBER - 2 * CELLS + 1;
}

/** The wall as one picture, with gaps as a sheet has them. */
function wallPicture() {
  const gap = 2;
  const sheet = canvasOf(COLUMNS * (facts.width + gap) + gap, ROWS * (facts.height + gap) + gap);
  const drawing = sheet.getContext('2d');
  drawing.fillStyle = '#fff';
  drawing.fillRect(0, 0, sheet.width, sheet.height);
  cells.forEach(({ canvas }, place) => {
    const column = place % COLUMNS, row = Math.floor(place / COLUMNS);
    drawing.drawImage(canvas, gap + column * (facts.width + gap), gap + row * (facts.height + gap));
  });
  return sheet;
}
