// The stage, and the walk that plays on it.

const FRAME_MS = 80;
let playing = null;
let stageRound = 0;

/** Draw what is shown; the training images nearest to it follow when it rests. */
async function drawStage() {
  const round = ++stageRound;
  const bytes = await imageWhile(() => round === stageRound, pointShown(), URGENCY.stage);
  if (!bytes) return;
  paint(byId('shown'), bytes);
  byId('shown').dataset.drawn = keyOf(pointShown());
  if (!playing) nearestSoon();
}

/** What is shown, in words. */
function shownName() {
  const { shown, at } = state;
  if (shown === 'sum') {
    const [a, b, c] = sumPlaces().map(letterOf);
    return `${a} − ${b} + ${c}`;
  }
  if (shown === 'walk') {
    const leg = Math.min(Math.floor(at / STEPS), legs().length - 1);
    const share = Math.round((100 * (at - leg * STEPS)) / STEPS);
    const ends = [leg, (leg + 1) % state.picks.length].map(letterOf);
    if (share % 100 === 0) return `At ${ends[share / 100]} on the walk`;
    return `${share} % of the way from ${ends[0]} to ${ends[1]}`;
  }
  const picked = pickOf(shown.number, shown.of);
  const letter = picked < 0 ? '' : `${letterOf(picked)}: `;
  return `${letter}image ${shown.number}${classNamed(shown.of) && `, ${classNamed(shown.of)}`}`;
}

function labelStage() {
  const name = shownName();
  byId('shown-name').textContent = name[0].toUpperCase() + name.slice(1);
  byId('shown').setAttribute('aria-label', name);
  const length = walkLength(), along = byId('along');
  along.max = Math.max(1, length);
  along.value = state.at;
  along.setAttribute('aria-valuetext', state.shown === 'walk' ? name : 'not on the walk');
  for (const id of ['along', 'play', 'closed', 'save-walk']) byId(id).disabled = !length;
}

/** Go to a step of the walk. */
function walkedTo(step) {
  // Steps that were passed before they were drawn are not drawn any more.
  pool.drop(URGENCY.stage, URGENCY.stage);
  state.at = step;
  state.shown = 'walk';
  labelStage();
  drawStage();
  rememberSoon();
}

function played() {
  const length = walkLength();
  if (!length) return;
  byId('play').textContent = 'Pause';
  if (state.shown !== 'walk' || state.at >= length) walkedTo(state.at >= length ? 0 : state.at);
  // Ahead of time, in the order in which they will be shown.
  for (let step = 1; step <= length; step++) {
    image(pointOnWalk((state.at + step) % length), URGENCY.ahead);
  }
  playing = setInterval(() => {
    const step = state.at + 1;
    if (!state.closed && step > length) return stopped();
    const next = state.closed ? step % length : step;
    if (heldImage(pointOnWalk(next))) walkedTo(next);
    // It may have been dropped for something more urgent.
    else image(pointOnWalk(next), URGENCY.stage);
    return undefined;
  }, FRAME_MS);
}

function stopped() {
  if (!playing) return;
  clearInterval(playing);
  playing = null;
  byId('play').textContent = 'Play';
  nearestSoon();
}

/** The walk as a GIF: a closed one as it is, an open one there and back, so that it has no cut. */
async function savedWalk() {
  const button = byId('save-walk'), length = walkLength();
  const way = Array.from({ length: state.closed ? length : length + 1 }, (_, step) => step);
  if (!state.closed) way.push(...way.slice(1, -1).reverse());
  const name = `walk-${state.picks.map(({ number }) => number).join('-')}.gif`;
  button.disabled = true;
  button.textContent = 'Drawing…';
  const frames = await Promise.all(way.map((step) => image(pointOnWalk(step), URGENCY.saved)));
  const { width, height } = facts;
  const factor = Math.max(1, Math.round(192 / Math.min(width, height)));
  const request = { frames, width, height, delay: FRAME_MS / 10, factor };
  const { bytes } = await pool.ask(request, URGENCY.saved).promise;
  saved(new Blob([bytes], { type: 'image/gif' }), name);
  button.disabled = !walkLength();
  button.textContent = 'Save as GIF';
}
