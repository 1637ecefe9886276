// Picked images: A, B, C and so on.

const MOST_PICKS = 8;

/** The place of an image among the picks, -1 if it is none. */
const pickOf = (number, of) =>
  state.picks.findIndex((pick) => pick.number === number && pick.of === of);

/** A sample was clicked: look at it, and pick it or let it go. */
function chosen(number) {
  const of = classOf(number), place = pickOf(number, of);
  stopped();
  if (place >= 0) return letGo(place);
  state.shown = { number, of };
  if (state.picks.length < MOST_PICKS) state.picks.push({ number, of });
  else say(`${MOST_PICKS} images are picked already; let one go first.`);
  return changed();
}

function letGo(place) {
  const [gone] = state.picks.splice(place, 1);
  // Walks and sums of what is gone show it by itself.
  if (typeof state.shown === 'string') state.shown = state.picks[0] || gone;
  state.sum = [0, 1, 2];
  state.at = 0;
  changed();
}

let picksRound = 0;

function labelPicks() {
  const round = ++picksRound;
  const names = state.picks.map((pick, place) => `${pick.number}.${pick.of}:${place}`).join();
  const list = byId('picks');
  if (list.dataset.names !== names) {
    list.dataset.names = names;
    list.replaceChildren(...state.picks.map(pickItem));
  }
  byId('let-go').disabled = !state.picks.length;
  state.picks.forEach(async (pick, place) => {
    const bytes = await imageWhile(() => round === picksRound, pointOf(pick), URGENCY.picks);
    if (bytes) paint(list.children[place].querySelector('canvas'), bytes);
  });
}

function pickItem(pick, place) {
  const letter = letterOf(place);
  const mark = made('span', { className: 'letter', textContent: letter });
  const look = made('button', { type: 'button', className: 'look' }, canvasOf(), mark);
  look.setAttribute('aria-label', `Look at ${letter}, image ${pick.number}`);
  look.addEventListener('click', () => {
    stopped();
    state.shown = { ...pick };
    changed();
  });
  const go = made('button', { type: 'button', className: 'go', textContent: '×' });
  go.setAttribute('aria-label', `Let ${letter} go`);
  go.addEventListener('click', () => {
    stopped();
    letGo(place);
    byId('picks').querySelector('.look')?.focus();
  });
  return made('li', {}, look, go);
}

/** The menus of the sum, with the picks' letters. */
function labelSum() {
  const { picks } = state;
  sumPlaces().forEach((place, term) => {
    const menu = byId(`sum-${term}`);
    menu.replaceChildren(...picks.map((_, value) =>
      made('option', { value, textContent: letterOf(value) })));
    menu.value = place;
    menu.disabled = !picks.length;
  });
  byId('show-sum').disabled = !picks.length;
}
