// What a worker answers. Where a browser allows no workers, the page asks here itself.

/** Numbers of prepared networks that are kept at most, beyond the one in use. */
const MOST_KEPT = 16e6;

const loaded = new Map();
const ready = new Map();

/** One request to its answer: {snapshot, bits} loads, {latent, …} draws, {frames, …} makes a GIF. */
function answer(request) {
  if (request.bits) {
    loaded.set(request.snapshot, request);
    return null;
  }
  if (request.frames) {
    const { frames, width, height, delay, factor } = request;
    return { bytes: gifOf(frames, width, height, delay, factor) };
  }
  const begin = performance.now();
  const values = drawn(networkOf(request.snapshot), request.latent, request.mix);
  const bytes = screenBytes(values, request.channels, request.ground);
  return { bytes, milliseconds: performance.now() - begin };
}

/** A snapshot's network, prepared when it is first drawn with; the last ones used are kept. */
function networkOf(snapshot) {
  const network = ready.get(snapshot) || prepared(loaded.get(snapshot), loaded.get(snapshot).bits);
  ready.delete(snapshot);
  ready.set(snapshot, network);
  const fitting = Math.max(1, Math.floor(MOST_KEPT / (2 * loaded.get(snapshot).bits.length)));
  for (const old of [...ready.keys()].slice(0, -fitting)) ready.delete(old);
  return network;
}

if (typeof WorkerGlobalScope !== 'undefined') {
  onmessage = ({ data }) => {
    const found = answer(data);
    if (found) postMessage({ id: data.id, ...found }, [found.bytes.buffer]);
  };
}
