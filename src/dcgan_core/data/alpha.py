"""Pictures with alpha: how they are stored, and what networks, scores and people see of them.

A pack holds straight alpha, as PNG does: a pixel's colour does not depend on how opaque it is, and
where it is fully transparent its colour is the background's. Networks see premultiplied colours:
with opacity α in [0,1] and a colour x in [-1,1], α·(x + 1) − 1. Then

- a pixel that nobody sees has one value, so that there is nothing to learn under it;
- colours fade out with α. Straight ones would end at a hard, jagged line where α reaches 0, which
  is invisible, and which the discriminator would hold the generator to all the same;
- sums and means of neighbouring pixels, which is what convolutions, upsampling and shifts make,
  are right.

Division by α brings the straight colours back, up to rounding and wherever anything can be seen.
All functions leave images of 1 or 3 channels as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from torch import Tensor

CHANNELS = 4
"""Red, green, blue and alpha."""
NEUTRAL = "#c8c8c8"
"""The ground of sheets, on which light and dark pictures both stand out. It is plain, since the
usual squares look like the checkerboard that some upsampling draws."""
FAINTEST = 0.5 / 255
"""Opacity below which α rounds to code 0."""


def rgb(colour: str) -> npt.NDArray[np.uint8]:
    """``"#rrggbb"`` as three codes."""
    return np.frombuffer(bytes.fromhex(colour[1:]), np.uint8)


def composited(codes: npt.NDArray[np.uint8], colour: str | None) -> npt.NDArray[np.uint8]:
    """Pictures on a plain ground: α·c + (1 − α)·ground, rounded.

    Args:
        codes: …×H×W×C of straight alpha.
        colour: the ground, ``"#rrggbb"``; may be None where there is no alpha.

    Returns:
        …×H×W×3, or ``codes`` itself where there is no alpha.

    Raises:
        ValueError: pictures with alpha and no colour.
    """
    if codes.shape[-1] != CHANNELS:
        return codes
    if colour is None:
        raise ValueError("pictures with alpha need a colour to be put on")
    alpha = codes[..., 3:].astype(np.uint32)
    mixed = codes[..., :3] * alpha + rgb(colour) * (255 - alpha)
    return ((mixed + 127) // 255).astype(np.uint8)


def on_neutral(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Pictures as sheets show them: as :func:`composited`, on NEUTRAL."""
    return composited(codes, NEUTRAL)


def without_hidden(codes: npt.NDArray[np.uint8], colour: str) -> npt.NDArray[np.uint8]:
    """The same pictures …×H×W×C, with ``colour`` wherever they are fully transparent."""
    if codes.shape[-1] != CHANNELS:
        return codes
    return np.where(codes[..., 3:] == 0, np.append(rgb(colour), np.uint8(0)), codes)


def premultiplied(images: Tensor) -> Tensor:
    """Straight values as networks see them, N×C×H×W in [-1,1]."""
    if images.shape[1] != CHANNELS:
        return images
    found = images.clone()
    found[:, :3] = (images[:, 3:] + 1) / 2 * (images[:, :3] + 1) - 1
    return found


def straight(images: Tensor) -> Tensor:
    """The reverse, of whatever a generator makes: colours lie in [-1,1], hidden ones are black."""
    if images.shape[1] != CHANNELS:
        return images
    found = images.float().clone()
    opacity = (found[:, 3:] + 1) / 2
    seen = (found[:, :3] + 1) / opacity.clamp(FAINTEST, 1) - 1
    found[:, :3] = seen.clamp(-1, 1).where(opacity >= FAINTEST, seen.new_tensor(-1.0))
    return found
