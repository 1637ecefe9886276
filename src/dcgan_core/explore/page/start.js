// What follows what.

/** Label and draw everything anew; what is drawn already costs nothing. */
function changed() {
  pool.drop(URGENCY.stage, URGENCY.ahead);
  labelKnobs();
  labelWall();
  labelSum();
  labelStage();
  drawStage();
  labelPicks();
  drawWall();
  rememberSoon();
}

function labelKnobs() {
  const { images } = facts.snapshots[state.snapshot];
  const best = state.snapshot === facts.best ? ', the best' : '';
  byId('snapshot').value = state.snapshot;
  byId('snapshot-said').textContent = `after ${counted(images)} images${best}`;
  byId('snapshot').setAttribute('aria-valuetext', byId('snapshot-said').textContent);
  byId('psi').value = state.psi;
  byId('psi-said').textContent = state.psi.toFixed(2);
  byId('class').value = state.class;
  byId('closed').checked = state.closed;
}

/** On a control's event: stop the film, change something, follow it. */
function on(id, event, action) {
  byId(id).addEventListener(event, () => {
    stopped();
    action(byId(id));
    changed();
  });
}

function begin() {
  const { names } = facts.classes;
  byId('class').append(
    made('option', { value: MIXED, textContent: 'mixed, as in the training images' }),
    ...names.map((name, value) => made('option', { value, textContent: name })),
  );
  byId('class-knob').hidden = !names.length;
  byId('snapshot').hidden = facts.snapshots.length < 2;
  byId('shown').width = facts.width;
  byId('shown').height = facts.height;
  const { count, of, usual } = facts.training;
  const some = count < of ? `${counted(count)} of the ${counted(of)}` : `all ${counted(of)}`;
  byId('nearest-told').textContent = `Among ${some} training images; ↔ is mirrored. `
    + (usual === null ? '' : 'Of real images that were kept back, half are nearer than '
    + `${usual.toFixed(1)}.`);

  byId('knobs').addEventListener('submit', (event) => event.preventDefault());
  on('snapshot', 'input', ({ value }) => { state.snapshot = Number(value); });
  on('psi', 'input', ({ value }) => { state.psi = Number(value); });
  on('class', 'change', ({ value }) => { state.class = Number(value); });
  on('from', 'change', ({ value }) => {
    state.from = Math.min(MOST_NUMBER - CELLS + 1, Math.max(0, Math.floor(Number(value)) || 0));
  });
  on('closed', 'change', ({ checked }) => {
    state.closed = checked;
    state.at = Math.min(state.at, walkLength());
  });
  on('random', 'click', () => { state.from = Math.floor(Math.random() * 1e6); });
  on('let-go', 'click', () => {
    if (typeof state.shown === 'string') [state.shown] = state.picks;
    state.picks = [];
    state.at = 0;
  });
  on('show-sum', 'click', () => { state.shown = 'sum'; });
  [0, 1, 2].forEach((term) => on(`sum-${term}`, 'change', ({ value }) => {
    state.sum[term] = Number(value);
    state.shown = 'sum';
  }));
  byId('back').addEventListener('click', () => turned(-CELLS));
  byId('on').addEventListener('click', () => turned(CELLS));
  byId('along').addEventListener('input', () => {
    stopped();
    walkedTo(Number(byId('along').value));
  });
  byId('play').addEventListener('click', () => (playing ? stopped() : played()));
  byId('save-walk').addEventListener('click', savedWalk);
  byId('save-wall').addEventListener('click', () =>
    savedPng(wallPicture(), `samples-from-${state.from}`));
  byId('save-shown').addEventListener('click', () => savedPng(byId('shown'), shownFile()));
  window.addEventListener('hashchange', () => {
    stopped();
    readAddress();
    changed();
  });
  readAddress();
  changed();
  readTraining();
}

/** A file's name for what is shown. */
function shownFile() {
  return pointShown().name.replaceAll(/[^\w.+-]+/g, '-');
}

begin();
