// What a worker answers. Where a browser allows no workers, the page asks here itself.

/** Numbers in the prepared networks that a worker keeps, unless the one in use has more. */
const MOST_KEPT = 6e6;

const loaded = new Map();
const ready = new Map();

/** The answer to a request: {bits, …} loads a snapshot, {latent, …} draws, {frames, …} is a GIF. */
function answer(request) {
  if (request.bits) {
    loaded.set(request.snapshot, request);
    return null;
  }
  if (request.frames) {
    const { frames, width, height, delay, factor } = request;
    return { bytes: gifOf(frames, width, height, delay, factor) };
  }
  const values = drawn(networkOf(request.snapshot), request.latent, request.mix);
  return { bytes: screenBytes(values, request.channels, request.ground) };
}

/** A snapshot's network, prepared when it is first drawn with; the last ones used are kept. */
function networkOf(snapshot) {
  const network = ready.get(snapshot) || prepared(loaded.get(snapshot), loaded.get(snapshot).bits);
  ready.delete(snapshot);
  ready.set(snapshot, network);
  // A doubling's filter makes its kernel nearly twice as large.
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
