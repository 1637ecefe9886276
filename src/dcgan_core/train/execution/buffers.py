"""A step's inputs at places that never change, since a recorded step reads them there."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from .draws import Noted
from .step_result import Batch

ALIGNED = 16
"""Bytes; what a tensor begins at is a multiple of them."""


class Buffers:
    """The inputs of one kind of step, on a device.

    Args:
        batches: real batches of the shapes and the layout that all later ones have.
        noted: what the step draws, in its order.

    Attributes:
        batches: the places of the real batches.
        drawn: the places of what is drawn.
    """

    def __init__(self, batches: Sequence[Batch], noted: Sequence[Noted], device: torch.device):
        self.batches: list[Batch] = [_like(batch) for batch in batches]
        self._noted = noted
        sizes = [math.prod(one.shape) * one.dtype.itemsize for one in noted]
        self._spans, end = [], 0
        for size in sizes:
            self._spans.append(slice(end, end + size))
            end += math.ceil(size / ALIGNED) * ALIGNED
        self._bytes = torch.empty(end, dtype=torch.uint8, device=device)
        self.drawn = self._views(self._bytes)

    def _views(self, whole: Tensor) -> list[Tensor]:
        return [
            whole[span].view(one.dtype).view(one.shape)
            for span, one in zip(self._spans, self._noted, strict=True)
        ]

    def fill(self, batches: Sequence[Batch]) -> None:
        """Draw anew, and take over the next step's real batches; the device is not waited for."""
        for mine, theirs in zip(self.batches, batches, strict=True):
            for place, values in zip(_tensors(mine), _tensors(theirs), strict=True):
                place.copy_(values)
        # Fresh each time, and all draws in one copy: the last one may still be under way.
        pinned = self._bytes.device.type == "cuda"
        host = torch.empty(len(self._bytes), dtype=torch.uint8, pin_memory=pinned)
        for place, one in zip(self._views(host), self._noted, strict=True):
            place.copy_(one.draw())
        self._bytes.copy_(host, non_blocking=True)


def _tensors(batch: Batch) -> tuple[Tensor, ...]:
    return batch if isinstance(batch, tuple) else (batch,)


def _like(batch: Batch) -> Batch:
    if isinstance(batch, tuple):
        images, classes = batch
        return torch.empty_like(images), torch.empty_like(classes)
    return torch.empty_like(batch)
