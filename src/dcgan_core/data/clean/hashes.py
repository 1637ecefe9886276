"""What duplicates are known by: a hash of the pixels, a perceptual hash, a few colours."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt
from PIL import Image

from ...optional import require
from .checks import Checks

COLOUR_CELLS = 4
STRIP_PIXELS = 1 << 20
REMEDY = "Run: pip install ImageHash, or set clean.near_duplicates to 0 in params.yaml."


@dataclass(frozen=True)
class Hashes:
    """What one image is known by, as far as the checks need it.

    Attributes:
        pixels: hash of size and decoded pixels; empty where not asked for.
        perceptual: a perceptual hash of 64 bits, None where not asked for.
        colours: the mean colours of 4×4 parts, uint8, 48 values (16 if grey).
    """

    pixels: bytes = b""
    perceptual: int | None = None
    colours: npt.NDArray[np.uint8] | None = None


def require_imagehash() -> ModuleType:
    """The module ``imagehash``, which brings SciPy along and is loaded only when asked for.

    Raises:
        UserError: it is not installed.
    """
    return require("imagehash", "ImageHash", "clean.near_duplicates", REMEDY)


def require_packages(checks: Checks) -> None:
    """Make sure, before any work, of what the checks need.

    Raises:
        UserError: near duplicates are asked for and ImageHash is not installed.
    """
    if checks.near_duplicates:
        require_imagehash()


def hash_image(image: Image.Image, checks: Checks, seen: Image.Image | None = None) -> Hashes:
    """The hashes of a decoded image that the checks for duplicates need.

    Args:
        image: of mode RGB, L or RGBA.
        checks: those wanted.
        seen: of an image with alpha, what it looks like; of mode RGB.

    Raises:
        UserError: near duplicates are asked for and ImageHash is not installed.
    """
    pixels = _pixels(image) if checks.exact_duplicates else b""
    if not checks.near_duplicates:
        return Hashes(pixels)
    seen = image if seen is None else seen
    bits = require_imagehash().phash(seen).hash
    small = seen.resize((COLOUR_CELLS, COLOUR_CELLS), Image.Resampling.BOX)
    return Hashes(
        pixels,
        int.from_bytes(np.packbits(bits).tobytes(), "big"),
        np.asarray(small).reshape(-1),
    )


def _pixels(image: Image.Image) -> bytes:
    digest = hashlib.sha256(f"{image.width}x{image.height}".encode())
    step = max(1, STRIP_PIXELS // image.width)
    for top in range(0, image.height, step):
        strip = image.crop((0, top, image.width, min(top + step, image.height)))
        # Premultiplied, where no colour hides.
        digest.update((strip.convert("RGBa") if strip.mode == "RGBA" else strip).tobytes())
    return digest.digest()
