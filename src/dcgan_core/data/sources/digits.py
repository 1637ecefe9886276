"""Three digits on top of each other, one a colour channel: images whose modes can be counted.

This is StackedMNIST (Metz et al., "Unrolled generative adversarial networks", 2017), with printed
digits that are drawn here, so that nothing has to be downloaded. Where the user has MNIST's
training images and labels, digits are taken from those instead, as the papers do. A hundred of the
thousand triples are never shown (``digit_triples``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
import numpy.typing as npt
from PIL import Image

from ...process.cores import available_cores
from ...process.pool import ordered_map
from ...progress import progress
from ..digit_triples import DRAWN, channels, is_held_out, label
from ..manifest import Entry, Manifest
from .digit_glyphs import NUMBERS, draw_digit
from .mnist_cifar import LabelledDigits, own_mnist

if TYPE_CHECKING:
    from ...params import Download

CHUNK = 128
FEWEST_FOR_WORKERS = 4096
# Most of an image is black; the levels above take longer and save a sixth.
COMPRESSION = 1

LICENCE = (
    "none claimed on the drawings; the fonts are DejaVu, STIX and Computer Modern, under the "
    "licences that come with matplotlib"
)


def draw_image(triple: int, generator: np.random.Generator) -> npt.NDArray[np.uint8]:
    """A drawing of the triple's three digits: 64×64×3, white on black in each channel.

    Args:
        triple: 0 to 999.
        generator: says which fonts are taken, and how each digit is moved.
    """
    numbers = generator.random((3, NUMBERS)).tolist()
    digits = [int(digit) for digit in channels(triple)]
    return np.stack([draw_digit(*pair) for pair in zip(digits, numbers, strict=True)], axis=-1)


def stack_image(
    mnist: LabelledDigits, generator: np.random.Generator
) -> tuple[int, npt.NDArray[np.uint8], tuple[int, ...]]:
    """Three of MNIST's images, each drawn evenly from all, until their triple is not held out.

    Returns:
        The triple, the image H×W×3 and the numbers of the three.
    """
    while True:
        rows = generator.integers(len(mnist.labels), size=3)
        red, green, blue = mnist.labels[rows].tolist()
        triple = 100 * red + 10 * green + blue
        if not is_held_out(triple):
            return triple, np.stack(list(mnist.images[rows]), axis=-1), tuple(rows.tolist())


def image_generator(seed: int, index: int) -> np.random.Generator:
    """Random numbers for one image, which depend on nothing else."""
    return np.random.Generator(np.random.PCG64([seed, index]))


def fill(folder: Path, params: Download, downloads: Path) -> Manifest:
    """Write ``count`` images as ``folder/images/*.png``, their triples as labels.

    Image i depends on the seed and i alone: a larger count keeps the earlier ones. All 900 triples
    that are shown are equally likely, save with MNIST, whose digits are not equally frequent.

    Raises:
        UserError: the own copy of MNIST is damaged, or lacks its labels.
    """
    count, seed = params.count, params.seed
    mnist = own_mnist(Path(params.path), downloads)
    if mnist is None:
        origin = f"drawn with the fonts of matplotlib {matplotlib.__version__}"
        manifest, made = Manifest("digits", LICENCE, origin), _drawn(seed, count)
    else:
        manifest = Manifest("digits", mnist.licence, f"{mnist.page}, training images")
        made = _stacked(mnist, seed, count)
    (folder / "images").mkdir()
    with progress("digits", count, "images") as bar:
        for index, (triple, content, origin) in enumerate(made):
            name = f"images/digits_{index:06d}.png"
            (folder / name).write_bytes(content)
            digest = hashlib.sha256(content).hexdigest()
            manifest.files.append(Entry(name, digest, origin, label=label(triple)))
            bar.advance()
    return manifest


Made = tuple[int, bytes, str]
"""A triple, its image as PNG, and where that comes from."""


def _drawn(seed: int, count: int) -> Iterator[Made]:
    chunks = [range(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK)]
    workers = min(available_cores(), len(chunks)) if count >= FEWEST_FOR_WORKERS else 1
    for some in ordered_map(partial(draw_some, seed), chunks, workers):
        yield from some


def draw_some(seed: int, indices: range) -> list[Made]:
    """The images of these indices: one task of a worker."""
    made = []
    for index in indices:
        generator = image_generator(seed, index)
        triple = DRAWN[int(generator.integers(len(DRAWN)))]
        made.append((triple, _png(draw_image(triple, generator)), f"seed {seed}-{index}"))
    return made


def _stacked(mnist: LabelledDigits, seed: int, count: int) -> Iterator[Made]:
    for index in range(count):
        triple, image, rows = stack_image(mnist, image_generator(seed, index))
        numbers = ", ".join(str(row) for row in rows)
        yield triple, _png(image), f"numbers {numbers} of train"


def _png(image: npt.NDArray[np.uint8]) -> bytes:
    stream = BytesIO()
    Image.fromarray(image).save(stream, "PNG", compress_level=COMPRESSION)
    return stream.getvalue()
