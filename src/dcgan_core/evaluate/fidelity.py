"""All scores of fake images against real ones, from their features.

``fd`` and ``kid`` say how far apart the two distributions are; ``manifold`` splits that into
quality and variety.
"""

import numpy as np

from .distances import check_dimensions, checked, frechet, kernel
from .manifold import manifold_scores


def scores(
    real_features: np.ndarray, fake_features: np.ndarray, neighbors: int = 5
) -> dict[str, float]:
    """All scores of fake against real features.

    Args:
        real_features: N×D, real dtype.
        fake_features: M×D.
        neighbors: k of precision, recall, density and coverage, at least 1.

    Returns:
        ``fd`` (0 or more, lower is better), ``kid`` (about 0 for equal distributions and then
        as often negative; lower is better), ``precision``, ``recall``, ``coverage`` (0 to 1,
        higher is better), ``density`` (0 or more, about 1 for equal distributions).

        Time grows with the square of N and M: some seconds at 5,000 each with D = 1280, some
        minutes at 50,000. Memory stays linear.

    Raises:
        ValueError: not two-dimensional, different D, fewer than ``neighbors`` + 1 or than 2
            rows, values that are not finite, or ``neighbors`` below 1.
    """
    if neighbors < 1:
        raise ValueError(f"neighbors is {neighbors}; it must be at least 1")
    real = checked("real_features", real_features, neighbors + 1)
    fake = checked("fake_features", fake_features, neighbors + 1)
    check_dimensions(real, fake)
    return {
        "fd": frechet(real, fake),
        "kid": kernel(real, fake),
        **manifold_scores(real, fake, neighbors),
    }
