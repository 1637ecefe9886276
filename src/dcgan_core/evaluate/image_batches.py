"""Images to be looked at in batches, each checked when its turn comes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np


def image_batches(images: np.ndarray | Iterable[np.ndarray], size: int) -> Iterator[np.ndarray]:
    """The same images, at most ``size`` at a time.

    Args:
        images: uint8 array N×H×W×C, C of 1 (grey) or 3 (RGB), or an iterable of such arrays.
        size: images at a time, at least 1.

    Raises:
        ValueError: a size below 1; in time another dtype or shape, images without pixels, or none.
    """
    if size < 1:
        raise ValueError(f"batch_size is {size}; it must be at least 1")
    return _cut([images] if isinstance(images, np.ndarray) else images, size)


def _cut(groups: Iterable[np.ndarray], size: int) -> Iterator[np.ndarray]:
    empty = True
    for group in groups:
        if group.dtype != np.uint8 or group.ndim != 4 or group.shape[3] not in (1, 3):
            raise ValueError(
                f"images are {group.dtype} of shape {group.shape}; they must be uint8 N×H×W×C "
                "with 1 or 3 channels"
            )
        if 0 in group.shape[1:3]:
            raise ValueError(f"images of shape {group.shape} have no pixels")
        for start in range(0, len(group), size):
            empty = False
            yield group[start : start + size]
    if empty:
        raise ValueError("images is empty; there is nothing to extract features from")
