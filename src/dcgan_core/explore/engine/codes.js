// From values in [-1,1] to what a screen shows; data/alpha.py and data/codes.py have the same.

const FAINTEST = 0.5 / 255;

/** An image's values, 1, 3 or 4 channels a pixel, as opaque RGBA bytes; alpha lies on ground. */
function screenBytes(values, channels, ground) {
  const bytes = new Uint8ClampedArray((values.length / channels) * 4);
  for (let at = 0, to = 0; at < values.length; at += channels, to += 4) {
    if (channels === 4) {
      onGround(values, at, bytes, to, ground);
    } else {
      for (let c = 0; c < 3; c++) bytes[to + c] = codeOf(values[at + (channels === 1 ? 0 : c)]);
    }
    bytes[to + 3] = 255;
  }
  return bytes;
}

function codeOf(value) {
  return Math.min(255, Math.max(0, Math.round((value + 1) * 127.5)));
}

/** Colours are premultiplied as the network makes them, and straight before they are mixed. */
function onGround(values, at, bytes, to, ground) {
  const opacity = (values[at + 3] + 1) / 2;
  const alpha = codeOf(values[at + 3]);
  for (let c = 0; c < 3; c++) {
    const straight = (values[at + c] + 1) / Math.min(1, Math.max(FAINTEST, opacity)) - 1;
    const code = opacity >= FAINTEST ? codeOf(straight) : 0;
    bytes[to + c] = Math.floor((code * alpha + ground[c] * (255 - alpha) + 127) / 255);
  }
}
