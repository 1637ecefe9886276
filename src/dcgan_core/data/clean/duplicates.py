"""Images that repeat an earlier one, found in the manifest's order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .checks import Checks, Drop
from .hashes import Hashes

COLOUR_TOLERANCE = 24
"""Codes of 255 by which no part's mean colour may differ; recompressing a photograph and making it
smaller moves one by up to 9, exchanging red and blue mostly by more than 60."""
BITS = 64
FIRST_ROOM = 1024
BITS_OF_BYTE_PAIRS = np.array([value.bit_count() for value in range(1 << 16)], np.uint8)


def bits_by_table(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
    """Bits set in each of N uint64 words, 0 to 64, as uint8."""
    quarters = BITS_OF_BYTE_PAIRS[words.view(np.uint16)].reshape(-1, 4)
    return quarters[:, 0] + quarters[:, 1] + quarters[:, 2] + quarters[:, 3]


# numpy 2 has the processor's own instruction for it, ten times as fast.
count_bits = getattr(np, "bitwise_count", bits_by_table)


class NearIndex:
    """Perceptual hashes and colours of the kept images, searched as whole arrays.

    One search reads 8 bytes for every image kept, so 100,000 images take seconds in all. Unlike
    a table of hash bands, that does not depend on the number of bits that may differ, nor on
    how alike the images are.
    """

    def __init__(self, limit: int):
        self._limit = limit
        self._count = 0
        self._hashes = np.empty(FIRST_ROOM, np.uint64)
        self._colours: npt.NDArray[np.uint8] | None = None

    def add(self, perceptual: int, colours: npt.NDArray[np.uint8]) -> None:
        """Remember an image's hash and colours (uint8, as many for every image)."""
        if self._colours is None:
            self._colours = np.empty((FIRST_ROOM, len(colours)), np.uint8)
        if self._count == len(self._hashes):
            self._hashes = np.concatenate([self._hashes, np.empty_like(self._hashes)])
            self._colours = np.concatenate([self._colours, np.empty_like(self._colours)])
        self._hashes[self._count] = perceptual
        self._colours[self._count] = colours
        self._count += 1

    def nearest(self, perceptual: int, colours: npt.NDArray[np.uint8]) -> tuple[int, int] | None:
        """(Place of adding, bits that differ) of the nearest image of like colour, or None.

        Of images equally near the first one added.
        """
        if self._colours is None:
            return None
        distances = count_bits(self._hashes[: self._count] ^ np.uint64(perceptual))
        close = np.flatnonzero(distances <= self._limit)
        differences = np.abs(self._colours[close].astype(np.int16) - colours)
        close = close[differences.max(axis=1) <= COLOUR_TOLERANCE]
        if not len(close):
            return None
        place = int(close[np.argmin(distances[close])])
        return place, int(distances[place])


class KeptImages:
    """Every kept image so far; what comes later is compared with these alone.

    So the first of a set of duplicates is the one that stays, and an image that was dropped
    never makes another one drop.
    """

    def __init__(self, checks: Checks):
        self._checks = checks
        self._files: list[str] = []
        self._pixels: dict[bytes, int] = {}
        self._near = NearIndex(checks.near_duplicates)

    def judge(self, file: str, hashes: Hashes) -> Drop | None:
        """Why to drop the image, naming the kept one it repeats; or None, and it is kept."""
        same = self._pixels.get(hashes.pixels) if self._checks.exact_duplicates else None
        if same is not None:
            return Drop("duplicate", f"duplicate of {self._files[same]}", same)
        if hashes.perceptual is not None and hashes.colours is not None:
            found = self._near.nearest(hashes.perceptual, hashes.colours)
            if found is not None:
                place, distance = found
                reason = (
                    f"near duplicate of {self._files[place]} ({distance} of {BITS} bits differ)"
                )
                return Drop("near duplicate", reason, place)
            self._near.add(hashes.perceptual, hashes.colours)
        if self._checks.exact_duplicates:
            self._pixels[hashes.pixels] = len(self._files)
        self._files.append(file)
        return None
