"""A picture from a file, made what the generator's training images were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..data.alpha import without_hidden
from ..data.decode import decode
from ..data.decode_memory import NeedsMore
from ..data.image_file import Unreadable
from ..data.resample import fit
from ..errors import UserError

FILTER, BACKGROUND = "bicubic", "#ffffff"
"""As params.yaml ships them."""


def read_picture(path: Path, size: tuple[int, int], channels: int) -> npt.NDArray[np.uint8]:
    """The middle of a picture at a size, as the pipeline cuts and resizes images.

    Args:
        path: a file of any format that the pipeline reads.
        size: (height, width).
        channels: 1, 3 or 4.

    Returns:
        uint8 height×width×channels.

    Raises:
        UserError: no such file, or not an image that can be used.
    """
    try:
        decoded = decode(path, channels, BACKGROUND)
        pixels = fit(decoded.image, size, FILTER, decoded.extent)
    except (Unreadable, NeedsMore, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"{path}: cannot be read as a picture ({reason}). Name another.") from error
    return without_hidden(pixels, BACKGROUND)
