"""Random subsets of a set of images, from which a score's uncertainty is read.

The delete-d jackknife (Shao & Wu, "A general theory for jackknife variance estimation", 1989): a
score of many subsets, each four fifths of the images, drawn without replacement, spreads half as
much as the score of the whole set would from one set of images to another. (A mean over a share f
of n images, drawn from those n, has the variance (1 − f)/f · σ²/n.) The usual bootstrap draws
images twice. That shrinks the balls round neighbours to nothing and shifts a Fréchet distance.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DRAWS = 100
SHARE = 0.8
"""Of halves, whose balls grow over the gaps between clusters, some spreads came out at a sixth."""
HALF = 0.5
"""For coverage: a step function of the images, whose spread SHARE overstates by a quarter."""
FEWEST_GROUPS = 4
"""With fewer, images are drawn."""


@dataclass(frozen=True)
class Subsets:
    """Subsets of N images.

    Attributes:
        kept: draws×N, which images are in each subset.
        widening: by how much the whole set's scores spread more than those of its subsets.
    """

    kept: npt.NDArray[np.bool_]
    widening: float


def draw_subsets(
    count: int,
    seed: int | Sequence[int],
    groups: npt.NDArray | None = None,
    draws: int = DRAWS,
    share: float = SHARE,
) -> Subsets:
    """Subsets of ``count`` images, or of their groups: about that share of all groups each time.

    Images of one group come from one place and are alike, so that a hundred of them tell less
    than a hundred others would.

    Args:
        count: images, at least 2.
        seed: the same one gives the same subsets.
        groups: the group of each image, of any dtype that sorts.
        draws: subsets.
        share: above 0, below 1.
    """
    rng = np.random.default_rng(seed)
    names = units_of(count, groups)
    units = int(names.max()) + 1
    kept = min(units - 1, math.ceil(share * units))
    chosen = np.zeros((draws, units), np.bool_)
    for row in chosen:
        row[rng.permutation(units)[:kept]] = True
    return Subsets(chosen[:, names], math.sqrt(kept / (units - kept)))


def count_units(count: int, groups: npt.NDArray | None = None) -> int:
    """How many images, or groups, are drawn from; arguments as :func:`draw_subsets`."""
    return int(units_of(count, groups).max()) + 1


def units_of(count: int, groups: npt.NDArray | None = None) -> npt.NDArray:
    """The unit of each image, as a number from 0: its group, or itself where groups are few."""
    names = np.arange(count) if groups is None else np.unique(groups, return_inverse=True)[1]
    return names if names.max() >= FEWEST_GROUPS - 1 else np.arange(count)
