"""Scores with their spread: values as ``scores`` gives them, the spread that of other draws."""

import numpy as np
import pytest
import torch

from dcgan_core.evaluate import fidelity
from dcgan_core.evaluate.fidelity import estimates, scores, side
from dcgan_core.evaluate.manifold_subsets import (
    Balls,
    Neighborhoods,
    coverage_of_subsets,
    manifold_of_subsets,
)
from dcgan_core.evaluate.metrics import METRICS
from dcgan_core.evaluate.subsets import draw_subsets


def normal(rng, rows, dimension=12, mean=0.0, scale=1.0):
    return rng.normal(mean, scale, (rows, dimension))


def both(real, fake, neighbors=8, groups=None, seed=0):
    return estimates(side(real, neighbors, (seed, 0), groups), side(fake, neighbors, (seed, 1)))


@pytest.mark.parametrize(("n", "m", "dimension"), [(90, 120, 12), (60, 50, 200)])
def test_values_are_those_of_the_scores(n, m, dimension):
    rng = np.random.default_rng(0)
    real, fake = normal(rng, n, dimension), normal(rng, m, dimension, 0.2)
    found = both(real, fake, 5)
    assert {name: one.value for name, one in found.items()} == pytest.approx(
        scores(real, fake, 5, 5), rel=1e-9
    )
    assert list(found) == list(METRICS)


def test_small_sets_take_fewer_neighbours():
    rng = np.random.default_rng(0)
    real, fake = normal(rng, 70), normal(rng, 70, mean=0.4)
    found = both(real, fake, 25)
    assert {name: one.value for name, one in found.items()} == pytest.approx(
        scores(real, fake, 7, 5), rel=1e-9
    )


def test_large_sets_have_the_spread_of_a_part_narrowed(monkeypatch):
    rng = np.random.default_rng(0)
    real, fake = normal(rng, 800), normal(rng, 800, mean=0.4)
    whole = both(real, fake)
    monkeypatch.setattr(fidelity, "MOST_DRAWN_FROM", 400)
    part = both(real, fake)
    for name in ("fd", "kid", "coverage", "recall"):
        assert part[name].value == pytest.approx(whole[name].value, rel=1e-9)
        assert part[name].deviation == pytest.approx(whole[name].deviation, rel=0.4), name


GROUPS = np.repeat(np.arange(40), 5)


def shifted(rng):
    return normal(rng, 200), normal(rng, 200, mean=0.5, scale=0.9), None


def wide(rng):
    """More features than images."""
    return normal(rng, 100, 150), normal(rng, 100, 150, mean=0.25, scale=0.9), None


def grouped(rng):
    """Real images of 40 groups, each of five images round a centre of its own."""
    real = 0.8 * normal(rng, 40)[GROUPS] + 0.6 * normal(rng, 200)
    return real, normal(rng, 200, mean=0.6), GROUPS


@pytest.mark.slow
@pytest.mark.parametrize("draw", [shifted, wide, grouped])
def test_intervals_hold_the_expected_value_nine_times_of_ten(draw):
    """400 repetitions; the truth is the mean of 400 other draws of as many images.

    Between 85 and 95 % must hold it, give or take two standard errors of so many repetitions. A
    jackknife's variance errs on the large side (Efron & Stein 1981), by a quarter for the Fréchet
    distance where features are more than images: 93.3 % of 1,200 such repetitions held it.
    """
    rng = np.random.default_rng(5)
    truth = {name: [] for name in METRICS}
    for _ in range(400):
        for name, value in scores(*draw(rng)[:2], 8, 5).items():
            truth[name].append(value)
    held = dict.fromkeys(METRICS, 0)
    repetitions = 400
    for repetition in range(repetitions):
        real, fake, groups = draw(rng)
        for name, one in both(real, fake, groups=groups, seed=repetition).items():
            low, high = one.interval
            held[name] += low <= np.mean(truth[name]) <= high
    for name in ("fd", "kid", "coverage"):
        low, high = (
            share * repetitions + side * 2 * (repetitions * share * (1 - share)) ** 0.5
            for share, side in ((0.85, -1), (0.95, 1))
        )
        assert low <= held[name] <= high, held


def test_the_kernel_distances_interval_holds_its_closed_form():
    """For normal features with means 0 and μ, E(x·y/D + 1)³ has one."""
    dimension, mean, scale = 8, 0.5, 0.8

    def expected_kernel(a, b, s, t):
        # x·y = Σ x_i y_i with E = D a b; moments of a product of independent normals.
        first = dimension * a * b
        variance = dimension * (s**2 * t**2 + s**2 * b**2 + t**2 * a**2)
        third = dimension * 6 * a * b * s**2 * t**2
        d = dimension
        return (
            1
            + 3 * first / d
            + 3 * (variance + first**2) / d**2
            + (third + 3 * first * variance + first**3) / d**3
        )

    truth = (
        expected_kernel(0, 0, 1, 1)
        + expected_kernel(mean, mean, scale, scale)
        - 2 * expected_kernel(0, mean, 1, scale)
    )
    rng = np.random.default_rng(3)
    held = 0
    for repetition in range(200):
        real, fake = normal(rng, 60, dimension), normal(rng, 60, dimension, mean, scale)
        low, high = both(real, fake, 5, seed=repetition)["kid"].interval
        held += low <= truth <= high
    assert 170 <= held <= 190


def test_subsets_score_as_if_they_were_all_there_is():
    """Each draw's shares against those of the subset's own rows."""
    rng = np.random.default_rng(2)
    real, fake = normal(rng, 90), normal(rng, 110, mean=0.3)
    near = [
        Balls(Neighborhoods(torch.from_numpy(rows), 9), draw_subsets(len(rows), seed, draws=5))
        for seed, rows in enumerate((real, fake))
    ]
    found = manifold_of_subsets(*near, 9, 5) | {"coverage": coverage_of_subsets(*near, 9)}
    assert len(found) == 4
    for draw in range(5):
        kept = [balls.subsets.kept[draw] for balls in near]
        part = scores(real[kept[0]], fake[kept[1]], 9, 5)
        for name, values in found.items():
            assert part[name] > 0
            assert values[draw] == pytest.approx(part[name], abs=1e-12), name
