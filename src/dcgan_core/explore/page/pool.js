// Workers that draw, so that the page never waits. The most urgent request goes first.

/** With more weights than this in all workers together, there are fewer of them. */
const MOST_WEIGHTS = 64e6;

const bitsHeld = new Map();

/** A snapshot's weights, from the page's text. */
function bitsOf(snapshot) {
  if (!bitsHeld.has(snapshot)) {
    bitsHeld.set(snapshot, halfBits(byId(`weights-${snapshot}`).textContent));
  }
  return bitsHeld.get(snapshot);
}

/** One that answers requests: in a worker, or, where a browser allows the page none, right here. */
function helper(address) {
  let worker = null;
  const loaded = new Set();
  const waiting = new Map();
  const here = (request, done) => setTimeout(() => done(answer(request)), 0);
  const fallBack = () => {
    worker = null;
    loaded.clear();
    for (const { request, done } of waiting.values()) load(request, () => here(request, done));
    waiting.clear();
  };
  const load = (request, then) => {
    const { snapshot } = request;
    if (snapshot !== undefined && !loaded.has(snapshot)) {
      loaded.add(snapshot);
      const { operations } = facts.snapshots[snapshot];
      const message = { snapshot, operations, bits: bitsOf(snapshot) };
      if (worker) worker.postMessage(message);
      else answer(message);
    }
    then();
  };
  try {
    worker = new Worker(address);
    worker.onmessage = ({ data }) => {
      const { done } = waiting.get(data.id);
      waiting.delete(data.id);
      done(data);
    };
    worker.onerror = fallBack;
  } catch {
    worker = null;
  }
  let last = 0;
  return {
    ask(request, done) {
      load(request, () => {
        if (!worker) return here(request, done);
        waiting.set(++last, { request, done });
        return worker.postMessage({ ...request, id: last });
      });
    },
  };
}

const pool = (() => {
  const script = new Blob([byId('engine').textContent], { type: 'text/javascript' });
  const address = URL.createObjectURL(script);
  const weights = (byId('weights-0').textContent.length * 3) / 8;
  const count = Math.min(8, navigator.hardwareConcurrency || 2, Math.floor(MOST_WEIGHTS / weights));
  const idle = Array.from({ length: Math.max(1, count) }, () => helper(address));
  let queue = [];
  const next = () => {
    while (idle.length && queue.length) {
      const first = queue.reduce((best, job) => (job.urgency < best.urgency ? job : best));
      queue.splice(queue.indexOf(first), 1);
      const one = idle.pop();
      one.ask(first.request, (found) => {
        idle.push(one);
        first.done(found);
        next();
      });
    }
  };
  return {
    /**
     * A job whose promise gives the answer, or null where it was dropped. Lower numbers are more
     * urgent; a job that waits may be made more urgent.
     */
    ask(request, urgency) {
      const job = { request, urgency };
      job.promise = new Promise((done) => { job.done = done; });
      queue.push(job);
      next();
      return job;
    },

    /** Drop what nobody has begun, of these urgencies. */
    drop(from, to) {
      const dropped = queue.filter(({ urgency }) => urgency >= from && urgency <= to);
      queue = queue.filter((job) => !dropped.includes(job));
      for (const job of dropped) job.done(null);
    },
  };
})();
