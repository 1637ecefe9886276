"""Random numbers that the host draws for a step, on their way to the device."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor

from ...device.base import moved

Draw = Callable[[], Tensor]
"""Draws from a CPU generator; gives another tensor of one shape and type at each call, and holds
nothing that changes between steps but the generator."""


class Draws:
    """Drawn where the step asks for them."""

    def __call__(self, draw: Draw, device: torch.device) -> Tensor:
        """What ``draw`` gives, on ``device``."""
        return moved(draw(), device)


AT_ONCE = Draws()


class Noted(NamedTuple):
    """One draw that a step asked for, and what it gives."""

    draw: Draw
    shape: torch.Size
    dtype: torch.dtype


class BufferedDraws(Draws):
    """Noted in the order in which a step asks; later taken from buffers filled in that order."""

    def __init__(self) -> None:
        self._noted: list[Noted] = []
        self._filled: Iterator[Tensor] | None = None

    def __call__(self, draw: Draw, device: torch.device) -> Tensor:
        if self._filled is not None:
            return next(self._filled)
        drawn = draw()
        self._noted.append(Noted(draw, drawn.shape, drawn.dtype))
        return moved(drawn, device)

    @contextmanager
    def noted(self) -> Iterator[list[Noted]]:
        """A list that fills with what is asked for meanwhile."""
        self._noted = []
        yield self._noted

    @contextmanager
    def taken_from(self, filled: Sequence[Tensor]) -> Iterator[None]:
        """Let all that is asked for meanwhile be these tensors, in their order."""
        self._filled = iter(filled)
        try:
            yield
        finally:
            self._filled = None
