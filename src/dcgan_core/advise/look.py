"""One look at one image file: its size, colours and what it may be a copy of."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PIL import Image

from ..data.clean.checks import Checks
from ..data.clean.hashes import Hashes, hash_image
from ..data.decode import decode
from ..data.decode_memory import MOST_BYTES
from ..data.image_file import Unreadable, open_image

SIDE = 16
"""Of the small grey picture by which left and right are compared."""
GREYEST = 6
"""Codes of 255 by which the channels of a grey picture may differ: JPEG keeps no exact greys."""
SEEN_THROUGH = "transparent parts"
"""How :func:`~dcgan_core.data.decode.decode` notes transparency that really shows."""


@dataclass(frozen=True)
class Look:
    """What is seen of one file.

    Attributes:
        problem: why it cannot be read, in a few words; empty where it can, and all else with it.
        height: in pixels, upright; width the same.
        format: as Pillow names it.
        grey: whether it has no colour to speak of.
        transparent: whether a part of it shows what is behind it.
        hashes: by which copies are known.
        tones: the whole image as 16×16 grey levels, uint8.
    """

    problem: str = ""
    height: int = 0
    width: int = 0
    format: str = ""
    grey: bool = False
    transparent: bool = False
    hashes: Hashes = field(default_factory=Hashes)
    tones: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros((SIDE, SIDE), np.uint8))


def look(checks: Checks, path: str, most_bytes: int = MOST_BYTES) -> Look:
    """Look at one file.

    Args:
        checks: which duplicates are looked for.
        path: the file.
        most_bytes: memory that it may take here.

    Raises:
        NeedsMore: it takes more memory than that.
        UserError: a package is needed and not installed.
    """
    try:
        decoded = decode(path, most_bytes=most_bytes)
        with open_image(path) as (opened, _):
            kind = opened.format or "unknown"
    except Unreadable as unreadable:
        return Look(unreadable.reason)
    image = decoded.image
    small = image.resize((2 * SIDE, 2 * SIDE), Image.Resampling.BOX)
    colours = np.asarray(small).astype(np.int16)
    return Look(
        height=image.height,
        width=image.width,
        format=kind,
        grey=int((colours.max(axis=2) - colours.min(axis=2)).max()) <= GREYEST,
        transparent=any(note.startswith(SEEN_THROUGH) for note in decoded.notes),
        hashes=hash_image(image, checks),
        tones=np.asarray(small.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)),
    )
