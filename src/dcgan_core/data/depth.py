"""Grey values of more than 8 bits to 8, by one range for all images of a data set."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from .image_file import Unreadable

log = logging.getLogger("dcgan")

USUAL = {
    "F": (1.0, 255.0, 65535.0),
    "I": (255.0, 1023.0, 4095.0, 16383.0, 65535.0),
}
"""Largest values that floats (F) and whole numbers (I) usually have, if none is below 0."""
# A sixteenth of the codes: 12 bits taken for 16 are as dark as that.
DARK_CODE = 16
NEARLY_BLACK = "nearly black"
"""How the note about an image begins that is dark throughout, though it holds values."""
STRIP_PIXELS = 1 << 20


@dataclass(frozen=True)
class Extremes:
    """The lowest and the highest value of one image.

    Attributes:
        kind: of its values: its Pillow mode, ``I;16`` in any byte order.
        file: where it is.
    """

    kind: str
    low: float
    high: float
    file: str


@dataclass(frozen=True)
class Range:
    """The values that become codes 0 and 255, and the file with the highest value."""

    first: float
    last: float
    file: str = ""


Ranges = Mapping[str, Range]
"""By the kind of values."""


def kind_of(image: Image.Image) -> str:
    """The kind of an image's values; empty where they have 8 bits or fewer."""
    if image.mode.startswith("I;16"):
        return "I;16"
    return image.mode if image.mode in ("I", "F") else ""


def extremes(image: Image.Image, file: str) -> Extremes:
    """The lowest and highest value of an image that has a kind.

    Raises:
        Unreadable: a value is not a finite number.
    """
    low, high = np.inf, -np.inf
    for values in _strips(image):
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise Unreadable("holds values that are not finite numbers")
        low, high = min(low, float(values.min())), max(high, float(values.max()))
    return Extremes(kind_of(image), low, high, file)


def common_ranges(found: Iterable[Extremes]) -> dict[str, Range]:
    """One range for each kind: the smallest usual one that holds all values, or their own."""
    by_kind: dict[str, list[Extremes]] = {}
    for one in found:
        by_kind.setdefault(one.kind, []).append(one)
    ranges: dict[str, Range] = {}
    for kind, of_kind in by_kind.items():
        low = min(one.low for one in of_kind)
        highest = max(of_kind, key=lambda one: one.high)
        usual = [last for last in USUAL[kind[:1]] if low >= 0 and highest.high <= last]
        bounds = (0.0, usual[0]) if usual else (low, highest.high)
        ranges[kind] = Range(*bounds, highest.file)
    return ranges


def to_eight_bits(image: Image.Image, ranges: Ranges, notes: list[str]) -> Image.Image:
    """Scale an image that has a kind to mode L, linearly and rounded.

    Args:
        image: the image.
        ranges: those of its data set; values outside of them become black or white.
        notes: gets what was done.

    Raises:
        Unreadable: a value is not a finite number.
    """
    own = extremes(image, "")
    chosen = ranges.get(own.kind) or common_ranges([own])[own.kind]
    # Whole numbers of 16 bits are looked up, which is four times as fast.
    table = _scaled(np.arange(1 << 16), chosen)
    codes = np.empty((image.height, image.width), np.uint8)
    total, top = 0, 0
    for values in _strips(image):
        strip = codes[top : top + len(values)]
        strip[:] = table[values] if values.dtype == np.uint16 else _scaled(values, chosen)
        total += int(strip.sum(dtype=np.int64))
        top += len(values)
    notes.append(f"{image.mode} values {chosen.first:g} to {chosen.last:g} scaled to 8 bits")
    mean = total / codes.size
    if mean < DARK_CODE and own.high > 0:
        notes.append(f"{NEARLY_BLACK}: its values are {own.low:g} to {own.high:g}")
    return Image.fromarray(codes)


def warn_of_black(images: list[dict], ranges: Ranges) -> None:
    """Log which images came out nearly black, and what their range came from.

    Args:
        images: the record's line for each.
        ranges: of the data set.
    """
    dark = [
        line
        for line in images
        if any(note.startswith(NEARLY_BLACK) for note in line.get("notes", []))
    ]
    if dark:
        used = "; ".join(
            f"{kind} {found.first:g} to {found.last:g}, highest in {Path(found.file).name}"
            for kind, found in ranges.items()
        )
        log.warning(
            "%d images of more than 8 bits come out nearly black, the first: %s. All of a kind are "
            "scaled by one range (%s). Take out those with far higher values, or scale them all "
            "to 8 bits yourself.",
            len(dark),
            dark[0]["file"],
            used,
        )


def _scaled(values: npt.NDArray, chosen: Range) -> npt.NDArray[np.uint8]:
    first, last = chosen.first, chosen.last
    # Where all images have one and the same value there is nothing to scale.
    scale = 255.0 / (last - first) if last > first else 0.0
    return np.rint((values.astype(np.float64).clip(first, last) - first) * scale).astype(np.uint8)


def _strips(image: Image.Image) -> Iterable[npt.NDArray]:
    """The values from top to bottom, some whole rows at a time."""
    step = max(1, STRIP_PIXELS // image.width)
    for top in range(0, image.height, step):
        bottom = min(top + step, image.height)
        yield np.asarray(image.crop((0, top, image.width, bottom)))
