"""Subsets and the spread that is read from them, against closed forms."""

import math

import numpy as np
import pytest

from dcgan_core.evaluate.subsets import HALF, SHARE, count_units, draw_subsets


def spread_of_means(values, subsets):
    means = subsets.kept @ values / subsets.kept.sum(axis=1)
    return means.std(ddof=1) * subsets.widening


@pytest.mark.parametrize("share", [SHARE, HALF])
@pytest.mark.parametrize("count", [7, 40, 401])
def test_means_spread_as_the_textbook_says(count, share):
    values = np.random.default_rng(count).normal(size=count)
    subsets = draw_subsets(count, 3, draws=20_000, share=share)
    expected = values.std(ddof=1) / math.sqrt(count)
    assert spread_of_means(values, subsets) == pytest.approx(expected, rel=0.03)


def test_groups_are_taken_whole_and_their_means_spread_as_the_textbook_says():
    rng = np.random.default_rng(0)
    names = np.repeat(np.array([f"g{place}" for place in range(30)]), 8)
    values = np.repeat(rng.normal(size=30), 8) + 0.1 * rng.normal(size=240)
    subsets = draw_subsets(240, 1, names, draws=20_000)
    assert {tuple(np.unique(row.reshape(30, 8).sum(axis=1))) for row in subsets.kept} == {(0, 8)}
    of_groups = values.reshape(30, 8).mean(axis=1)
    expected = of_groups.std(ddof=1) / math.sqrt(30)
    assert spread_of_means(values, subsets) == pytest.approx(expected, rel=0.03)


def test_the_seed_says_which():
    assert np.array_equal(draw_subsets(50, (3, 0)).kept, draw_subsets(50, (3, 0)).kept)
    assert not np.array_equal(draw_subsets(50, (3, 0)).kept, draw_subsets(50, (3, 1)).kept)


def test_of_fewer_than_four_groups_images_are_drawn():
    names = np.array(["a"] * 20 + ["b"] * 20 + ["c"] * 20)
    assert count_units(60, names) == 60
    assert (draw_subsets(60, 0, names).kept.sum(axis=1) == 48).all()
    assert count_units(60, np.array(["a", "b", "c", "d"] * 15)) == 4


def test_two_images_leave_one():
    assert (draw_subsets(2, 0).kept.sum(axis=1) == 1).all()
