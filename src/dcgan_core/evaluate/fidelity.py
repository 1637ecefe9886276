"""All scores of fake images against real ones, from their features; ``metrics`` lists them."""

import numpy as np

from ..data.minima import least_for_neighbors
from .distances import check_dimensions, checked, distance_scores
from .manifold import manifold_scores
from .metrics import METRICS

SCORERS = (distance_scores, manifold_scores)
"""From checked real and fake features and the number of neighbours to scores by name: together
exactly those of ``METRICS``."""


def scores(
    real_features: np.ndarray, fake_features: np.ndarray, neighbors: int = 5
) -> dict[str, float]:
    """All scores of fake against real features.

    Args:
        real_features: N×D, real dtype.
        fake_features: M×D.
        neighbors: k of precision, recall, density and coverage, at least 1.

    Returns:
        A value for each of ``METRICS``, in that order.

        Time grows with the square of N and M: some seconds at 5,000 each with D = 1280, some
        minutes at 50,000. Memory stays linear.

    Raises:
        ValueError: not two-dimensional, different D, fewer than ``neighbors`` + 1 or than 2
            rows, values that are not finite, or ``neighbors`` below 1.
    """
    if neighbors < 1:
        raise ValueError(f"neighbors is {neighbors}; it must be at least 1")
    least = least_for_neighbors(neighbors)
    real = checked("real_features", real_features, least)
    fake = checked("fake_features", fake_features, least)
    check_dimensions(real, fake)
    found: dict[str, float] = {}
    for scorer in SCORERS:
        found |= scorer(real, fake, neighbors)
    return {name: found[name] for name in METRICS}
