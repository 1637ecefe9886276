"""What is there: every photo looked at once, in several processes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec

import numpy as np
import numpy.typing as npt

from ..data.clean.checks import Checks
from ..data.clean.duplicates import KeptImages
from ..data.shared_work import each_in_order
from ..errors import UserError
from ..progress import progress
from .located import REMEDY
from .look import SIDE, Look, look
from .photos import Photos

NEAR_BITS = 6
"""Of 64 that two perceptual hashes may differ in, as docs/own-images.md has it for photographs."""
CHUNK = 16
MOST_TONES = 10_000
"""Pictures by which left and right are compared; more would tell no more."""


@dataclass
class Survey:
    """What was found in some photos.

    Attributes:
        photos: where they are.
        sides: height and width of each that can be read, int N×2.
        formats: images by format.
        grey: images without colour.
        transparent: images with parts that show what is behind them.
        exact: images with the same pixels as an earlier one.
        near: images nearly like an earlier one; None where the package for it is missing.
        unreadable: name and reason of each that cannot be read.
        classes: images by class folder; empty where there are none.
        tones: grey pictures of images that are no copies, uint8 N×16×16, 10,000 at most.
    """

    photos: Photos
    sides: npt.NDArray[np.int64]
    formats: Counter[str] = field(default_factory=Counter)
    grey: int = 0
    transparent: int = 0
    exact: int = 0
    near: int | None = 0
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    classes: Counter[str] = field(default_factory=Counter)
    tones: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, SIDE, SIDE), "u1"))

    @property
    def count(self) -> int:
        """Images that can be read, copies among them."""
        return len(self.sides)

    @property
    def shorter(self) -> float:
        """The median of the shorter sides, in pixels."""
        return float(np.median(self.sides.min(axis=1)))


def survey(photos: Photos) -> Survey:
    """Look at each photo.

    Raises:
        UserError: none can be read, or a worker process was killed.
    """
    checks = Checks(
        exact_duplicates=True, near_duplicates=NEAR_BITS if find_spec("imagehash") else 0
    )
    kept = KeptImages(checks)
    found = Survey(photos, np.zeros((0, 2), np.int64), near=0 if checks.near_duplicates else None)
    sides, tones = [], []
    stride = -(-len(photos.files) // MOST_TONES)
    looks = each_in_order(partial(look, checks), [str(file) for _, file in photos.files], CHUNK)
    with progress("look", len(photos.files), "images") as bar:
        different = 0
        for (name, _), seen in zip(photos.files, looks, strict=True):
            bar.advance()
            if seen.problem:
                found.unreadable.append((name, seen.problem))
                continue
            sides.append((seen.height, seen.width))
            if _count(found, seen, kept, name):
                if different % stride == 0:
                    tones.append(seen.tones)
                different += 1
    if not sides:
        name, reason = found.unreadable[0]
        raise UserError(
            f"{photos.path}: none of its {len(photos.files)} images can be read ({name}: {reason})."
            f" {REMEDY}"
        )
    found.sides = np.array(sides, np.int64)
    found.tones = np.stack(tones)
    found.classes.update(photos.classes() or [])
    return found


def _count(found: Survey, seen: Look, kept: KeptImages, name: str) -> bool:
    """Add one image to what was found; whether it is no copy."""
    found.formats[seen.format] += 1
    found.grey += seen.grey
    found.transparent += seen.transparent
    drop = kept.judge(name, seen.hashes)
    if drop is not None and drop.kind == "duplicate":
        found.exact += 1
    elif drop is not None:
        found.near = (found.near or 0) + 1
    return drop is None
