"""The best snapshot, with the table's accidents."""

import math

import numpy as np
import pytest

from dcgan_core.evaluate.estimates import Estimate
from dcgan_core.evaluate.select import choose

NOISE = np.random.default_rng(0).normal(size=(2, 100))


def estimate(value, spread=0.0, noise=0):
    return Estimate(value, value + spread * NOISE[noise], 100)


def rows(*values, kid=None, coverage=None):
    """Snapshots with these Fréchet distances; kernel distances fall and coverage rises by place."""
    return [
        {
            "fd": estimate(value),
            "kid": estimate(kid[place] if kid else -place),
            "coverage": estimate(coverage[place] if coverage else place / 10),
        }
        for place, value in enumerate(values)
    ]


def best(table, criterion, vetoes=None):
    return choose(table, vetoes or [""] * len(table), criterion).best


def test_the_lowest_distance_and_the_highest_share_win():
    table = rows(3.0, 1.0, 2.0, coverage=(0.5, 0.1, 0.2))
    assert best(table, "fd") == 1
    assert best(table, "kid") == 2
    assert best(table, "coverage") == 0


def test_equal_shares_are_told_apart_by_the_kernel_distance_and_then_by_time():
    assert best(rows(1.0, 1.0, 1.0, kid=(5, 3, 4), coverage=(0, 0, 0)), "coverage") == 1
    assert best(rows(1.0, 1.0, 1.0, kid=(3, 3, 4)), "fd") == 0


@pytest.mark.parametrize("values", [(math.nan, 5.0, 4.0), (5.0, 6.0, 4.0, math.nan)])
def test_nan_is_passed_over(values):
    assert best(rows(*values), "fd") == 2


def test_negative_and_infinite_values():
    assert best(rows(math.inf, 0.0, -0.1), "fd") == 2


@pytest.mark.parametrize("table", [[], rows(math.nan, math.nan)])
def test_nothing_to_choose_from(table):
    with pytest.raises(ValueError, match='as "fd"'):
        best(table, "fd")


def test_a_snapshot_with_a_veto_is_not_chosen_unless_all_have_one():
    table = rows(3.0, 1.0, 2.0)
    choice = choose(table, ["", "repeats itself", ""], "fd")
    assert (choice.best, choice.all_vetoed) == (2, False)
    assert choice.verdicts == ("worse", "vetoed", "best")
    choice = choose(table, ["repeats itself"] * 3, "fd")
    assert (choice.best, choice.all_vetoed) == (1, True)
    assert choice.verdicts == ("vetoed", "best", "vetoed")


def test_what_lies_within_the_spread_of_the_difference_is_undecided():
    def table(noise):
        return [
            {"fd": estimate(1.0, 0.5), "kid": estimate(0)},
            {"fd": estimate(1.1, 0.5, noise), "kid": estimate(0)},
        ]

    assert choose(table(0), ["", ""], "fd").verdicts == ("best", "worse")
    assert choose(table(1), ["", ""], "fd").verdicts == ("best", "undecided")
