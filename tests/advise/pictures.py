"""Folders of small pictures, made for one property each."""

from pathlib import Path

import numpy as np
from PIL import Image


def blobs(rng: np.random.Generator, height: int = 64, width: int = 64) -> Image.Image:
    """A smooth colour picture of squares, different each time, with no side of its own."""
    squares = rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(squares).resize((width, height), Image.Resampling.BICUBIC)


def fill(folder: Path, count: int, height: int = 64, width: int = 64, seed: int = 0) -> Path:
    """A folder of that many such pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    for number in range(count):
        blobs(rng, height, width).save(folder / f"{number:04}.png")
    return folder
