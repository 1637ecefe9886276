// What the page shows, in its address: a link leads others to the same picture.

const pickText = ({ number, of }) => (facts.classes.names.length ? `${number}.${of}` : `${number}`);

/** The state as the part of an address after #. */
function addressText() {
  const { from, picks, shown, at, closed, psi, snapshot } = state;
  const parts = { from, picks: picks.map(pickText).join() };
  parts.shown = typeof shown === 'string' ? shown : pickText(shown);
  if (shown === 'walk') parts.at = at;
  if (shown === 'sum') parts.sum = sumPlaces().join();
  if (!closed) parts.open = 1;
  if (psi !== 1) parts.psi = psi;
  if (snapshot !== facts.best) parts.snapshot = facts.snapshots[snapshot].images;
  if (state.class !== MIXED) parts.class = state.class;
  return Object.entries(parts).map(([name, value]) => `${name}=${value}`).join('&');
}

const rememberSoon = soon(() => {
  try {
    history.replaceState(null, '', `#${addressText()}`);
  } catch {
    // Inside some other page there may be no address to keep.
  }
}, 200);

/** A whole number from least to most, or null. */
function wholeNumber(text, least, most) {
  const number = /^\d{1,10}$/.test(text ?? '') ? Number(text) : NaN;
  return number >= least && number <= most ? number : null;
}

function readPick(text) {
  const [first, second] = text.split('.');
  const number = wholeNumber(first, 0, MOST_NUMBER);
  const of = wholeNumber(second ?? '0', 0, Math.max(0, facts.classes.names.length - 1));
  return number === null || of === null ? null : { number, of };
}

/** Take over what the address says, as far as it makes sense. */
function readAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const whole = (name, most) => wholeNumber(parts.get(name), 0, most);
  state.class = whole('class', facts.classes.names.length - 1) ?? MIXED;
  state.from = whole('from', MOST_NUMBER - CELLS + 1) ?? 0;
  const named = facts.snapshots.findIndex(({ images }) => String(images) === parts.get('snapshot'));
  state.snapshot = named < 0 ? facts.best : named;
  const psi = Number(parts.get('psi') ?? 1);
  state.psi = psi >= 0 && psi <= 1.5 ? psi : 1;
  state.closed = !parts.has('open');
  const first = [0, 1, 2].map((number) => ({ number, of: classOf(number) }));
  const listed = (name) => (parts.get(name) ?? '').split(',');
  const picks = parts.has('picks') ? listed('picks').map(readPick).filter(Boolean) : first;
  state.picks = picks.slice(0, MOST_PICKS);
  const sum = listed('sum').map((part) => wholeNumber(part, 0, state.picks.length - 1));
  state.sum = sum.length === 3 && !sum.includes(null) ? sum : [0, 1, 2];
  state.at = whole('at', walkLength()) ?? 0;
  state.shown = readPick(parts.get('shown') ?? '') ?? state.picks[0] ?? first[0];
  if (parts.get('shown') === 'walk' && walkLength()) state.shown = 'walk';
  if (parts.get('shown') === 'sum' && state.picks.length) state.shown = 'sum';
}
