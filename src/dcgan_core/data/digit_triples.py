"""The thousand combinations of three digits, and the hundred that no training image shows.

A triple is the digits of an image's red, green and blue channel. As a label it is those three
digits (``"407"``), as an index the number that they make (407).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

COUNT = 1000


def is_held_out(index: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Whether blue is the last digit of red plus green: so for 100 of the 1,000 triples.

    Every pair of digits in two channels leaves out exactly one digit of the third. So each channel
    alone, and each two of them together, still have all their digits equally often: only all three
    together tell that a triple is missing.

    Args:
        index: triples, from 0 to 999, of any shape.
    """
    red, green, blue = channels(index)
    return (red + green) % 10 == blue


def channels(
    index: npt.ArrayLike,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The digits of red, green and blue."""
    found = np.asarray(index, np.int64)
    return found // 100, found // 10 % 10, found % 10


def label(index: int) -> str:
    """The triple as manifests have it: three digits."""
    return f"{index:03d}"


DRAWN: tuple[int, ...] = tuple(np.flatnonzero(~is_held_out(np.arange(COUNT))).tolist())
"""The 900 triples that training images show, in order."""

HELD_OUT: tuple[int, ...] = tuple(np.flatnonzero(is_held_out(np.arange(COUNT))).tolist())
"""The 100 that none shows."""
