// Runs the page's engine under Node: requests on standard input, answers on standard output.
const vm = require('vm');

const chunks = [];
process.stdin.on('data', (chunk) => chunks.push(chunk));
process.stdin.on('end', () => {
  const { engine, cases, films, calls } = JSON.parse(Buffer.concat(chunks));
  vm.runInThisContext(engine);
  const text = (bytes) => Buffer.from(bytes).toString('base64');
  const ask = vm.runInThisContext('answer');
  const images = cases.map(({ operations, weights, requests }, snapshot) => {
    ask({ snapshot, operations, bits: vm.runInThisContext('halfBits')(weights) });
    return requests.map((request) => text(ask({ ...request, snapshot }).bytes));
  });
  const written = films.map((film) => {
    const frames = film.frames.map((frame) => new Uint8ClampedArray(Buffer.from(frame, 'base64')));
    return text(ask({ ...film, frames }).bytes);
  });
  const found = calls.map(({ name, args }) => {
    const given = args.map((arg) => (Array.isArray(arg) ? Float64Array.from(arg) : arg));
    return Array.from(vm.runInThisContext(name)(...given));
  });
  process.stdout.write(JSON.stringify({ images, written, found }));
});
