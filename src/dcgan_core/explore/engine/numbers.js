// Latents by number, and ways between them. latents.py has the same in Python.

/** A 32-bit number scattered over all 32-bit numbers, one to one. */
function scattered(word) {
  word ^= word >>> 16;
  word = Math.imul(word, 0x21f0aaad);
  word ^= word >>> 15;
  word = Math.imul(word, 0x735a2d97);
  return (word ^ (word >>> 15)) >>> 0;
}

/** The latent of an image's number, 0 to 2^32 - 1: standard normal, by Box and Muller. */
function latentOf(number, length) {
  const latent = new Float64Array(length);
  const stream = scattered(number);
  const uniform = (index) => (scattered(stream ^ scattered(index + 0x9e3779b9)) + 0.5) / 2 ** 32;
  for (let place = 0; place < length; place += 2) {
    const radius = Math.sqrt(-2 * Math.log(uniform(place)));
    const angle = 2 * Math.PI * uniform(place + 1);
    latent[place] = radius * Math.cos(angle);
    if (place + 1 < length) latent[place + 1] = radius * Math.sin(angle);
  }
  return latent;
}

/** The Euclidean length of a vector. */
function lengthOf(vector) {
  let squares = 0;
  for (const value of vector) squares += value * value;
  return Math.sqrt(squares);
}

/** Between two latents along the sphere (White 2016); share 0 is the first, 1 the second. */
function onSphere(first, second, share) {
  const a = lengthOf(first), b = lengthOf(second);
  const sum = first.map((value, place) => value / a + second[place] / b);
  const difference = first.map((value, place) => value / a - second[place] / b);
  // Exact at all angles, where the arc cosine loses half its digits near 0 and 180 degrees.
  const angle = 2 * Math.atan2(lengthOf(difference), lengthOf(sum));
  const sine = Math.sin(angle);
  const line = !(sine > 1e-6);
  const from = line ? 1 - share : Math.sin((1 - share) * angle) / sine;
  const to = line ? share : Math.sin(share * angle) / sine;
  return first.map((value, place) => from * value + to * second[place]);
}

/** A - B + C, turned back to the length that A, B and C have in the middle. */
function summed(a, b, c) {
  const sum = a.map((value, place) => value - b[place] + c[place]);
  const length = lengthOf(sum);
  const usual = (lengthOf(a) + lengthOf(b) + lengthOf(c)) / 3;
  return length > 0 ? sum.map((value) => (value * usual) / length) : sum;
}
