"""Sheets of images."""

import numpy as np
from PIL import Image

from ..data.alpha import on_neutral

GAP = 2
"""Pixels between images and around the sheet."""
BACKGROUND = 255
"""The code of gaps and of cells left over."""


def sheet(images: np.ndarray, rows: int, columns: int, background: int = BACKGROUND) -> np.ndarray:
    """Lay images out row by row, those with alpha on a neutral ground.

    Args:
        images: uint8 N×H×W×C, N at most rows·columns.
        rows: of the sheet, at least 1.
        columns: of the sheet, at least 1.
        background: the code, 0 to 255, of gaps and of cells left over.

    Returns:
        uint8, height rows·(H + GAP) + GAP and width columns·(W + GAP) + GAP, and C
        channels, or 3 where C is 4.

    Raises:
        ValueError: more images than cells.
    """
    images = on_neutral(images)
    count, height, width, channels = images.shape
    if count > rows * columns:
        raise ValueError(f"{count} images do not fit on a sheet of {rows}x{columns}")
    shape = (rows * (height + GAP) + GAP, columns * (width + GAP) + GAP, channels)
    canvas = np.full(shape, background, np.uint8)
    for index, image in enumerate(images):
        top = GAP + index // columns * (height + GAP)
        left = GAP + index % columns * (width + GAP)
        canvas[top : top + height, left : left + width] = image
    return canvas


def to_picture(array: np.ndarray) -> Image.Image:
    """uint8 H×W×C as a Pillow image: grey, RGB or, with its alpha, RGBA."""
    return Image.fromarray(array[:, :, 0] if array.shape[2] == 1 else array)
