"""Images that are too small, too long, too flat, too plain or too noisy.

All is measured on the decoded original at its full size, before it is cropped and resized.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from .checks import Checks, Drop

LEVELS = np.arange(256, dtype=np.float64)


def histogram(image: Image.Image) -> npt.NDArray[np.int64]:
    """Pixels of each of the 256 grey levels (ITU-R 601 luma) of an image of mode RGB or L."""
    return np.array(image.convert("L").histogram(), dtype=np.int64)


def contrast(counts: npt.NDArray[np.int64]) -> float:
    """The standard deviation of grey levels, 0 to 127.5, from their histogram of 256 counts."""
    shares = counts / counts.sum()
    return float(np.sqrt(shares @ (LEVELS - shares @ LEVELS) ** 2))


def entropy(counts: npt.NDArray[np.int64]) -> float:
    """The entropy of a histogram in bits: 0 for one level, 8 for 256 levels alike."""
    shares = counts[counts > 0] / counts.sum()
    return float(shares @ -np.log2(shares))


def outside(image: Image.Image, checks: Checks) -> Drop | None:
    """The first bound that the image is outside of, or None.

    Args:
        image: of mode RGB or L, any size.
        checks: the bounds; those about duplicates are not looked at.
    """
    return _shape(image, checks) or _levels(image, checks)


def _shape(image: Image.Image, checks: Checks) -> Drop | None:
    shorter, longer = sorted(image.size)
    if shorter < checks.min_side:
        return Drop("too small", f"too small ({shorter} px, needs {checks.min_side})")
    # Multiplied, not divided: 300 to 100 is exactly 3 and not outside of 3.
    if checks.max_aspect and longer > checks.max_aspect * shorter:
        return Drop(
            "too long",
            f"too long (sides as {longer / shorter:.4g} to 1, at most {checks.max_aspect:g} to 1)",
        )
    return None


def _levels(image: Image.Image, checks: Checks) -> Drop | None:
    if not (checks.min_contrast or checks.min_entropy or checks.max_entropy):
        return None
    counts = histogram(image)
    deviation = contrast(counts)
    if deviation < checks.min_contrast:
        return Drop(
            "too flat", f"too flat (contrast {deviation:.4g}, needs {checks.min_contrast:g})"
        )
    bits = entropy(counts)
    if bits < checks.min_entropy:
        return Drop("too plain", f"too plain (entropy {bits:.4g}, needs {checks.min_entropy:g})")
    if checks.max_entropy and bits > checks.max_entropy:
        return Drop("too noisy", f"too noisy (entropy {bits:.4g}, at most {checks.max_entropy:g})")
    return None
