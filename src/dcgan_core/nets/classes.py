"""The classes that a conditional pair of networks knows, and which one a sample is of."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class Classes:
    """Class names, in the order of their numbers, and how many training images each has.

    Without any the networks are unconditional.
    """

    names: tuple[str, ...] = ()
    images: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    def numbered(self, numbers: Iterable[int]) -> Tensor:
        """The class of each sample of these numbers, int64 N; always the same for a number.

        Any stretch of numbers has the classes about as often as the training images do, so that
        scores compare like with like: number i lies at the share (½ + i·φ) mod 1 of the classes
        laid end to end. Multiples of the golden ratio φ spread more evenly than draws.
        """
        ends = torch.tensor(self.images, dtype=torch.float64).cumsum(0)
        places = [(0.5 + number * GOLDEN) % 1.0 for number in numbers]
        places_in_images = torch.tensor(places, dtype=torch.float64) * ends[-1]
        return torch.searchsorted(ends, places_in_images, right=True)

    def first(self, count: int) -> Tensor:
        """:meth:`numbered` of samples 0 to ``count`` − 1."""
        return self.numbered(range(count))

    def picked(self, count: int) -> list[int]:
        """``count`` classes from first to last, evenly; with fewer classes some come repeatedly."""
        return [place * len(self) // count for place in range(count)]


NONE = Classes()
