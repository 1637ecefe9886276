"""One image of the raw folder, checked, cropped and resized."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .alpha import without_hidden
from .clean.bounds import outside
from .clean.checks import UNREADABLE, Checks, Drop
from .clean.dropped_sheet import thumbnail
from .clean.hashes import Hashes, hash_image
from .decode import Decoded, decode, on_ground
from .decode_memory import MOST_BYTES
from .depth import Ranges
from .image_file import Unreadable
from .manifest import check_bytes
from .resample import fit, fit_codes

LARGEST_HELD = 8 << 20
"""Bytes of the largest file that is read once, for its hash and its pixels, and not twice."""

NO_CHECKS = Checks()


class RawImage(NamedTuple):
    """A file of the raw folder and the hash that the manifest has of it."""

    path: str
    sha256: str


@dataclass(frozen=True)
class Preparation:
    """What to make of each image; plain values, so that workers need no settings' code."""

    height: int
    width: int
    channels: int
    filter: str
    background: str
    checks: Checks
    ranges: Ranges = field(default_factory=dict)
    draft: bool = False


@dataclass
class Prepared:
    """One image H×W×C uint8 and what was changed on the way; or why there is none.

    ``thumbnail`` shows an image that could be read and is left out for what it is by itself.
    """

    pixels: npt.NDArray[np.uint8] | None = None
    notes: list[str] = field(default_factory=list)
    hashes: Hashes = field(default_factory=Hashes)
    drop: Drop | None = None
    thumbnail: npt.NDArray[np.uint8] | None = None


def prepare(preparation: Preparation, raw: RawImage, most_bytes: int = MOST_BYTES) -> Prepared:
    """Decode, check and fit one file.

    Raises:
        NeedsMore: it takes more memory than ``most_bytes``.
        UserError: it was changed since it was downloaded; or it is a HEIC photo, and pillow-heif
            is not installed.
    """
    content = _read(raw)
    target = (preparation.height, preparation.width)
    # Checks are of the picture at its own size.
    draft = target if preparation.draft and preparation.checks == NO_CHECKS else None
    try:
        decoded = decode(
            raw.path,
            preparation.channels,
            preparation.background,
            preparation.ranges,
            most_bytes,
            content,
            draft,
        )
    except Unreadable as unreadable:
        return Prepared(drop=Drop(UNREADABLE, unreadable.reason))
    drop, hashes = _judged(decoded, preparation)
    if drop is not None:
        return Prepared(drop=drop, thumbnail=thumbnail(decoded.image))
    height, width = decoded.size
    notes = decoded.notes
    if height < preparation.height or width < preparation.width:
        notes.append(f"enlarged from {height}x{width} (height x width)")
    if decoded.codes is not None:
        pixels = fit_codes(decoded.codes, target, preparation.filter, decoded.extent)
    else:
        pixels = fit(decoded.image, target, preparation.filter, decoded.extent)
    return Prepared(without_hidden(pixels, preparation.background), notes, hashes)


def _read(raw: RawImage) -> bytes | None:
    """The file's bytes if it is not large; large or not, they are what was downloaded."""
    content = None
    with open(raw.path, "rb", buffering=0) as stream:
        if os.fstat(stream.fileno()).st_size <= LARGEST_HELD:
            content = stream.read()
    check_bytes(raw.path, raw.sha256, content)
    return content


def _judged(decoded: Decoded, preparation: Preparation) -> tuple[Drop | None, Hashes]:
    """Why an image is left out, or its hashes; one with alpha is seen on the background."""
    checks = preparation.checks
    if checks == NO_CHECKS:
        return None, Hashes()
    image = seen = decoded.image
    if image.mode == "RGBA":
        seen, _ = on_ground(image, preparation.background)
    drop = outside(seen, checks)
    return drop, Hashes() if drop else hash_image(image, checks, seen)
