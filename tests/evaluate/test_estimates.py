"""Intervals and verdicts against textbook values."""

import numpy as np
import pytest
from scipy import stats

from dcgan_core.evaluate.estimates import (
    LEVEL,
    QUANTILE,
    Estimate,
    verdict,
    verdict_of_intervals,
    wilson,
)


def estimate(value, spread, units=100, range=(-np.inf, np.inf), seed=0):
    moves = np.random.default_rng(seed).normal(size=200)
    moves = (moves - moves.mean()) / moves.std(ddof=1)
    return Estimate(value, value + spread * moves, units, range)


def test_the_quantile_is_that_of_the_level():
    assert pytest.approx(stats.norm.ppf((1 + LEVEL) / 2), rel=1e-14) == QUANTILE


@pytest.mark.parametrize(("hits", "count"), [(0, 20), (3, 600), (11, 12), (50, 50), (240, 500)])
def test_wilson_agrees_with_scipy(hits, count):
    found = stats.binomtest(hits, count).proportion_ci(LEVEL, "wilson")
    assert wilson(hits / count, count) == pytest.approx((found.low, found.high), abs=1e-12)


def test_a_distance_has_a_normal_interval_within_its_range():
    assert estimate(5, 2).interval == pytest.approx((5 - 2 * QUANTILE, 5 + 2 * QUANTILE))
    assert estimate(1, 2, range=(0, np.inf)).interval[0] == 0


def test_a_share_of_independent_images_has_wilsons():
    spread = np.sqrt(0.3 * 0.7 / 80)
    found = estimate(0.3, spread, range=(0.0, 1.0)).interval
    assert found == pytest.approx(wilson(0.3, 80))


def test_a_share_of_none_or_all_knows_its_number_of_images():
    none = Estimate(0.0, np.zeros(100), 60, (0.0, 1.0))
    upper = QUANTILE**2 / (60 + QUANTILE**2)
    assert none.interval == pytest.approx((0, upper), abs=1e-12)


def test_snapshots_that_move_together_are_told_apart():
    first, second = estimate(1.0, 0.5), estimate(1.1, 0.5)
    assert verdict(first, second, lower_is_better=True) == "better"
    assert verdict(second, first, lower_is_better=True) == "worse"
    assert verdict(first, second, lower_is_better=False) == "worse"
    apart = estimate(1.1, 0.5, seed=1)
    assert verdict(first, apart, lower_is_better=True) == "undecided"
    assert verdict(first, first, lower_is_better=True) == "undecided"


def test_runs_that_share_nothing_need_a_gap():
    assert verdict_of_intervals((1, 0, 2), (1.5, 0.5, 2.5), True) == "undecided"
    assert verdict_of_intervals((1, 0, 2), (2.5, 1.5, 3.5), True) == "better"
    assert verdict_of_intervals((2.5, 1.5, 3.5), (1, 0, 2), True) == "worse"
    assert verdict_of_intervals((2.5, 1.5, 3.5), (1, 0, 2), False) == "better"
