"""A score with its uncertainty, and what can be said of two of them."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

LEVEL = 0.9
"""How often an interval holds what it is to hold."""
QUANTILE = 1.6448536269514722
"""Of the standard normal distribution at (1 + LEVEL) / 2."""

Verdict = Literal["better", "worse", "undecided"]


@dataclass(frozen=True)
class Estimate:
    """A score and the same score of random subsets.

    Attributes:
        value: of all images.
        replicates: of each subset, in the order of the draws. Those of two snapshots rest on the
            same subsets of the same real images, so that their differences can be compared.
        units: images, or groups of images, that were halved.
        range: the lowest and the highest value there can be.
    """

    value: float
    replicates: npt.NDArray[np.float64]
    units: int
    range: tuple[float, float] = (-math.inf, math.inf)

    @property
    def deviation(self) -> float:
        """Standard deviation of ``value`` from one set of images to another."""
        return float(np.std(self.replicates, ddof=1))

    @property
    def interval(self) -> tuple[float, float]:
        """Where the value for ever more images would lie, nine times of ten.

        A share's is Wilson's (1927), for as many independent images as would have its deviation,
        since near 0 and 1 it is not symmetric; any other is normal.
        """
        low, high = self.range
        if (low, high) == (0.0, 1.0):
            return wilson(self.value, self._independent())
        reach = QUANTILE * self.deviation
        return max(low, self.value - reach), min(high, self.value + reach)

    def _independent(self) -> float:
        spread = self.value * (1 - self.value)
        if not spread or not self.deviation:
            return self.units
        return spread / self.deviation**2


def wilson(share: float, count: float) -> tuple[float, float]:
    """The interval of a share of ``count`` independent images (Wilson 1927), level LEVEL."""
    square = QUANTILE**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    reach = (
        QUANTILE
        / (1 + square / count)
        * math.sqrt(share * (1 - share) / count + square / (4 * count**2))
    )
    # Rounding must not keep an interval from the ends that it has by its formula.
    low = 0.0 if share == 0 else max(0.0, middle - reach)
    return low, 1.0 if share == 1 else min(1.0, middle + reach)


def verdict(ours: Estimate, theirs: Estimate, lower_is_better: bool) -> Verdict:
    """Whether ``ours`` is better than ``theirs``, both on the same subsets of the same images.

    Undecided where the interval of their difference holds 0.
    """
    difference = ours.value - theirs.value
    reach = QUANTILE * float(np.std(ours.replicates - theirs.replicates, ddof=1))
    if not abs(difference) > reach:
        return "undecided"
    return "better" if (difference < 0) == lower_is_better else "worse"


def verdict_of_intervals(
    ours: tuple[float, float, float], theirs: tuple[float, float, float], lower_is_better: bool
) -> Verdict:
    """As :func:`verdict`, of scores that share no images, each as value, low and high."""
    difference = ours[0] - theirs[0]
    if difference > 0:
        reach = math.hypot(ours[0] - ours[1], theirs[2] - theirs[0])
    else:
        reach = math.hypot(ours[2] - ours[0], theirs[0] - theirs[1])
    if not abs(difference) > reach:
        return "undecided"
    return "better" if (difference < 0) == lower_is_better else "worse"
