"""The map between 8-bit codes 0…255 and values x = code/127.5 − 1 of [-1,1].

0 gives exactly -1, 255 exactly 1, and rounding back gives every code again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from torch import Tensor

SCALE = 127.5
OFFSET = -1.0


def array_to_unit(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """uint8 codes to float32 values, any shape."""
    return codes.astype(np.float32) / np.float32(SCALE) + np.float32(OFFSET)


def tensor_to_unit(images: Tensor) -> Tensor:
    """uint8 codes to float32 values, any shape; what is values already only becomes float32."""
    if images.is_floating_point():
        return images.float()
    return images.float().div_(SCALE).add_(OFFSET)


def array_to_codes(images: npt.NDArray) -> npt.NDArray[np.uint8]:
    """Values of [-1,1] to uint8 codes, any shape; what is uint8 already stays."""
    if images.dtype == np.uint8:
        return images
    return np.rint((images.astype(np.float32) - OFFSET) * SCALE).astype(np.uint8)


def tensor_to_codes(values: Tensor) -> Tensor:
    """Values to uint8 codes, any shape; values outside [-1,1] are clipped."""
    return values.float().sub(OFFSET).mul(SCALE).round().clamp(0, 255).byte()
