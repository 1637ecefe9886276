// Short words for what every part of the page does.

const facts = JSON.parse(document.getElementById('facts').textContent);

const byId = (id) => document.getElementById(id);

/** An element with properties and children. */
function made(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** A canvas of an image's size, or of another. */
function canvasOf(width = facts.width, height = facts.height) {
  return made('canvas', { width, height });
}

/** Put pixels onto a canvas. */
function paint(canvas, bytes) {
  canvas.getContext('2d').putImageData(new ImageData(bytes, canvas.width, canvas.height), 0, 0);
}

const counted = (count) => count.toLocaleString('en');

const letterOf = (place) => 'ABCDEFGH'[place];

/** A class's name, or nothing. */
const classNamed = (of) => (facts.classes.names.length ? facts.classes.names[of] : '');

/** Give the user a file. */
function saved(blob, name) {
  const link = made('a', { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

/** Give the user a canvas as a PNG. */
function savedPng(canvas, name) {
  canvas.toBlob((blob) => saved(blob, `${name}.png`), 'image/png');
}

/** Say something to all, also to readers of the screen. */
function say(words) {
  byId('said').textContent = words;
}

/** A function that runs once, soon, however often it is called before. */
function soon(action, milliseconds) {
  let timer = null;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, milliseconds);
  };
}
