// What there is to draw, and what has been drawn.

const MOST_NUMBER = 2 ** 32 - 1;
const STEPS = 24;
const MIXED = -1;

/** What the page shows; the address holds it. */
const state = {
  from: 0,
  picks: [],
  shown: { number: 0, of: 0 },
  at: 0,
  closed: true,
  sum: [0, 1, 2],
  psi: 1,
  snapshot: facts.best,
  class: MIXED,
};

/** The class of a number where all are mixed: about as often as among the training images. */
function classOf(number) {
  const { images } = facts.classes;
  if (state.class !== MIXED || !images.length) return Math.max(0, state.class);
  const total = images.reduce((sum, count) => sum + count, 0);
  const place = ((0.5 + number * ((Math.sqrt(5) - 1) / 2)) % 1) * total;
  let end = 0;
  return Math.max(0, images.findIndex((count) => place < (end += count)));
}

/** An image to draw: a name, a latent, and a mix of two classes. */
function pointOf({ number, of }) {
  const latent = latentOf(number, facts.latent);
  return { name: `${number}.${of}`, latent, mix: [of, of, 0] };
}

/** Legs of the walk, each from a pick to the next. */
function legs() {
  const { picks, closed } = state;
  const next = picks.map((pick, place) => [pick, picks[(place + 1) % picks.length]]);
  return picks.length < 2 ? [] : next.slice(0, closed ? picks.length : -1);
}

/** How many steps there are on the walk. */
const walkLength = () => legs().length * STEPS;

/** Step of the walk: an image between two picks. */
function pointOnWalk(step) {
  const all = legs();
  const leg = Math.min(Math.floor(step / STEPS), all.length - 1);
  const share = (step - leg * STEPS) / STEPS;
  const [first, second] = all[leg].map(pointOf);
  if (share === 0) return first;
  if (share === 1) return second;
  const latent = onSphere(first.latent, second.latent, share);
  const mix = [first.mix[0], second.mix[0], share];
  return { name: `${first.name}~${second.name}@${share}`, latent, mix };
}

/** The places of the picks in the sum; with fewer than three picks the last stands in. */
const sumPlaces = () => state.sum.map((place) => Math.min(place, state.picks.length - 1));

/** The sum that is chosen. */
function pointOfSum() {
  const [a, b, c] = sumPlaces().map((place) => pointOf(state.picks[place]));
  const latent = summed(a.latent, b.latent, c.latent);
  return { name: `${a.name}-${b.name}+${c.name}`, latent, mix: a.mix };
}

/** What the stage shows now. */
function pointShown() {
  if (state.shown === 'walk') return pointOnWalk(state.at);
  return state.shown === 'sum' ? pointOfSum() : pointOf(state.shown);
}

/** How urgent a request is; files that are being saved are never dropped. */
const URGENCY = { saved: 0, stage: 1, picks: 2, wall: 3, ahead: 4 };

const MOST_HELD = 64e6;
const held = new Map();
const coming = new Map();

const keyOf = (point) => `${state.snapshot}|${state.psi}|${point.name}`;

/** An image that is there already, or undefined. */
const heldImage = (point) => held.get(keyOf(point));

/** An image's RGBA bytes; null where it was dropped for something else. */
function image(point, urgency) {
  const key = keyOf(point);
  if (held.has(key)) return Promise.resolve(held.get(key));
  const before = coming.get(key);
  if (before) {
    before.job.urgency = Math.min(before.job.urgency, urgency);
    return before.promise;
  }
  const job = pool.ask({
    snapshot: state.snapshot,
    latent: point.latent.map((value) => value * state.psi),
    mix: point.mix,
    channels: facts.channels,
    ground: facts.ground,
  }, urgency);
  const promise = job.promise.then((found) => {
    coming.delete(key);
    if (!found) return null;
    held.set(key, found.bytes);
    if (held.size * found.bytes.length > MOST_HELD) held.delete(held.keys().next().value);
    return found.bytes;
  });
  coming.set(key, { promise, job });
  return promise;
}

/** An image's bytes, asked for again when it was dropped, as long as somebody still wants it. */
async function imageWhile(wanted, point, urgency) {
  let bytes = null;
  while (wanted() && !bytes) bytes = await image(point, urgency);
  return wanted() ? bytes : null;
}
