"""All scores of fake images against real ones, from their features; ``metrics`` lists them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import Tensor

from ..data.minima import FEWEST_ESTIMATED, least_for_neighbors, usable_neighbors
from .distances import (
    check_dimensions,
    checked,
    frechet,
    frechet_of_subsets,
    kernel,
    kernel_of_subsets,
)
from .estimates import Estimate
from .manifold import manifold_scores
from .manifold_subsets import Balls, Neighborhoods, coverage_of_subsets, manifold_of_subsets
from .metrics import METRICS
from .subsets import HALF, count_units, draw_subsets

NEIGHBORS = 25
"""k of precision, density and coverage. With 5, as Naeem et al. (2020) propose, real images of
other places on earth cover .05 and every DCGAN 0."""
RECALL_NEIGHBORS = 5
"""k of recall. With 25 the balls of a few repeated images grow over the gaps between them."""
MOST_DRAWN_FROM = 4000
"""Images that subsets are drawn from; with more, the spread is that of so many, narrowed by √n."""


def scores(
    real_features: np.ndarray,
    fake_features: np.ndarray,
    neighbors: int = NEIGHBORS,
    recall_neighbors: int = RECALL_NEIGHBORS,
) -> dict[str, float]:
    """All scores of fake against real features.

    Args:
        real_features: N×D, real dtype.
        fake_features: M×D.
        neighbors: k of precision, density and coverage, at least 1.
        recall_neighbors: k of recall, at least 1.

    Returns:
        A value for each of ``METRICS``, in that order.

        Time grows with the square of N and M: some seconds at 5,000 each with D = 1280, some
        minutes at 50,000. Memory stays linear.

    Raises:
        ValueError: not two-dimensional, different D, fewer than ``neighbors`` + 1 or than 2
            rows, values that are not finite, or ``neighbors`` below 1.
    """
    for name, value in (("neighbors", neighbors), ("recall_neighbors", recall_neighbors)):
        if value < 1:
            raise ValueError(f"{name} is {value}; it must be at least 1")
    least = least_for_neighbors(max(neighbors, recall_neighbors))
    real = checked("real_features", real_features, least)
    fake = checked("fake_features", fake_features, least)
    check_dimensions(real, fake)
    found = {"fd": frechet(real, fake), "kid": kernel(real, fake)}
    return _in_order(found | _shares(real, fake, neighbors, recall_neighbors))


def _shares(real: Tensor, fake: Tensor, neighbors: int, recall_neighbors: int) -> dict[str, float]:
    found = manifold_scores(real, fake, neighbors)
    if recall_neighbors != neighbors:
        found["recall"] = manifold_scores(real, fake, recall_neighbors)["recall"]
    return found


def _in_order(found: dict) -> dict:
    return {name: found[name] for name in METRICS}


@dataclass(frozen=True)
class Side:
    """One of the two sets that are compared, with what all comparisons of it share.

    Attributes:
        features: float64 N×D.
        neighbors: k of precision, density and coverage in a set of this size, at most as asked.
        units: independent ones: images, or groups of images.
        thinned: those that subsets are drawn from, MOST_DRAWN_FROM at most.
        balls: of subsets of them.
        halves: of subsets of half of them.
    """

    features: Tensor
    neighbors: int
    units: int
    thinned: Tensor
    balls: Balls
    halves: Balls

    def __len__(self) -> int:
        return len(self.features)


def side(
    features: np.ndarray,
    neighbors: int,
    seed: int | Sequence[int],
    groups: npt.NDArray | None = None,
) -> Side:
    """Features made ready for :func:`estimates`.

    Args:
        features: N×D, real dtype.
        neighbors: k, at most; small sets take less.
        seed: of the subsets; must differ between the two sets that are compared.
        groups: the group of each image, where images have groups.

    Raises:
        ValueError: as :func:`scores`; or fewer than 3 rows.
    """
    fitting = usable_neighbors(neighbors, len(features))
    rows = checked("features", features, max(least_for_neighbors(fitting), FEWEST_ESTIMATED))
    chosen = np.sort(np.random.default_rng(seed).permutation(len(rows))[:MOST_DRAWN_FROM])
    thinned = rows[chosen]
    names = None if groups is None else np.asarray(groups)[chosen]
    near = Neighborhoods(thinned, max(fitting, RECALL_NEIGHBORS))
    return Side(
        features=rows,
        neighbors=fitting,
        units=count_units(len(rows), groups),
        thinned=thinned,
        balls=Balls(near, draw_subsets(len(thinned), seed, names)),
        halves=Balls(near, draw_subsets(len(thinned), seed, names, share=HALF)),
    )


def estimates(real: Side, fake: Side) -> dict[str, Estimate]:
    """All scores of fake against real features, with how they spread from images to images.

    k is the smaller of the two sets'; recall's is RECALL_NEIGHBORS at most.

    Returns:
        An estimate for each of ``METRICS``, in that order.

    Raises:
        ValueError: as :func:`scores`.
    """
    check_dimensions(real.features, fake.features)
    k = min(real.neighbors, fake.neighbors)
    recall_k = min(k, RECALL_NEIGHBORS)
    whole = (real.features, fake.features)
    values = {"kid": kernel(*whole), **_shares(*whole, k, recall_k)}
    parts = (real.thinned, fake.thinned, real.balls.subsets, fake.balls.subsets)
    values["fd"], moved = frechet_of_subsets(*parts)
    replicates = {"fd": moved, "kid": kernel_of_subsets(*parts)}
    replicates |= manifold_of_subsets(real.balls, fake.balls, k, recall_k)
    widening = dict.fromkeys(replicates, _widening(real.balls, fake.balls))
    replicates["coverage"] = coverage_of_subsets(real.halves, fake.halves, k)
    widening["coverage"] = _widening(real.halves, fake.halves)
    if max(len(real), len(fake)) > MOST_DRAWN_FROM:
        values["fd"] = frechet(*whole)
    narrowing = math.sqrt(min(1.0, MOST_DRAWN_FROM / min(len(real), len(fake))))
    units = min(real.units, fake.units)
    return _in_order(
        {
            name: Estimate(
                value,
                value + (replicates[name] - replicates[name].mean()) * widening[name] * narrowing,
                units,
                METRICS[name].range,
            )
            for name, value in values.items()
        }
    )


def _widening(real: Balls, fake: Balls) -> float:
    # Real images' groups and single fakes are left out in about the same share.
    return (real.subsets.widening + fake.subsets.widening) / 2
