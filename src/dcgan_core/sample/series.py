"""Any number of samples, block by block, each fixed by its number and the seed alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..nets import Generator
from .sampler import generate

BLOCK = 64
"""Samples made at once, always: a library may sum a batch of another size in another order, and
then a code can differ by one. A multiple of 16, of which torch makes normal numbers at a time, so
that blocks of them are those of one draw."""


@dataclass(frozen=True)
class Series:
    """The samples of one seed, without an end.

    Attributes:
        generator: in eval mode.
        seed: of the latents, which are those of :func:`~.latents.draw_latents`.
        truncation: what latents are multiplied by; below 1 samples are more alike and closer to
            the common ones (Brock et al. 2019, arXiv:1809.11096, who cut latents off instead).
        classes: from numbers of samples to the class of each, N; None where there are no classes.
    """

    generator: Generator
    seed: int
    truncation: float
    classes: Callable[[Iterable[int]], Tensor | None]

    def blocks(self, start: int, end: int) -> Iterator[tuple[int, np.ndarray]]:
        """Samples ``start`` to ``end`` − 1: a number, and uint8 images n×H×W×C from it on."""
        draws = torch.Generator().manual_seed(self.seed)
        for first in range(0, end, BLOCK):
            latents = torch.randn(BLOCK, self.generator.latent_length, generator=draws)
            if first + BLOCK <= start:
                continue
            classes = self.classes(range(first, first + BLOCK))
            images = generate(self.generator, self.truncation * latents, BLOCK, classes)
            begin = max(start - first, 0)
            yield first + begin, images[begin : end - first]
