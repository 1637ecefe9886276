"""Images that nobody generated, scored as if somebody had: the scale on which to read a score."""

from collections.abc import Iterable, Iterator

import numpy as np
from PIL import Image, ImageFilter

BLURS = {"slightly_blurred": 1 / 64, "strongly_blurred": 4 / 64}
"""Deviation of the Gaussian, as a share of the image's height."""


def noise(count: int, shape: tuple[int, int, int], seed: int, batch: int) -> Iterator[np.ndarray]:
    """Batches of uniform noise, uint8 N×H×W×C, of ``shape`` H×W×C."""
    rng = np.random.default_rng(seed)
    for start in range(0, count, batch):
        yield rng.integers(0, 256, (min(batch, count - start), *shape), dtype=np.uint8)


def blurred(batches: Iterable[np.ndarray], share: float) -> Iterator[np.ndarray]:
    """The images, blurred by a Gaussian.

    Args:
        batches: uint8 N×H×W×C, C of 1 or 3.
        share: its standard deviation over the images' height.
    """
    for batch in batches:
        yield np.stack([_blurred(image, share * batch.shape[1]) for image in batch])


def _blurred(image: np.ndarray, radius: float) -> np.ndarray:
    grey = image.shape[2] == 1
    picture = Image.fromarray(image[..., 0] if grey else image)
    found = np.asarray(picture.filter(ImageFilter.GaussianBlur(radius)))
    return found[..., None] if grey else found
