"""Scores against closed forms and loops written from the papers' definitions."""

import math

import numpy as np
import pytest
from scipy.linalg import sqrtm

from dcgan_core.evaluate import distances, fidelity, manifold


def normal(seed, rows, dimension, mean=0.0, scale=1.0):
    return np.random.default_rng(seed).normal(mean, scale, (rows, dimension))


def scores(real, fake, neighbors=5):
    """All scores, with the same k for each share."""
    return fidelity.scores(real, fake, neighbors, neighbors)


def frechet_by_sqrtm(a, b):
    root = sqrtm(np.cov(a.T) @ np.cov(b.T))
    trace = np.trace(np.cov(a.T) + np.cov(b.T) - 2 * root.real)
    return float(np.square(a.mean(0) - b.mean(0)).sum() + trace)


def kernel_by_loops(a, b):
    def k(x, y):
        return (sum(p * q for p, q in zip(x, y, strict=True)) / len(x) + 1) ** 3

    def pairs(rows):
        others = [k(x, y) for i, x in enumerate(rows) for j, y in enumerate(rows) if i != j]
        return sum(others) / len(others)

    return pairs(a) + pairs(b) - 2 * sum(k(x, y) for x in a for y in b) / (len(a) * len(b))


def manifold_by_loops(real, fake, neighbors):
    real = [row / np.linalg.norm(row) for row in real]
    fake = [row / np.linalg.norm(row) for row in fake]

    def reach(rows, i):
        others = (np.linalg.norm(rows[i] - row) for j, row in enumerate(rows) if j != i)
        return sorted(others)[neighbors - 1]

    def inside(balls, i, point):
        return np.linalg.norm(balls[i] - point) <= reach(balls, i)

    in_real = [[inside(real, i, y) for i in range(len(real))] for y in fake]
    in_fake = [[inside(fake, j, x) for j in range(len(fake))] for x in real]
    return {
        "precision": np.mean([any(row) for row in in_real]),
        "recall": np.mean([any(row) for row in in_fake]),
        "density": np.sum(in_real) / (neighbors * len(fake)),
        "coverage": np.mean(np.any(in_real, axis=0)),
    }


def test_equal_covariance_leaves_the_mean_difference():
    a = normal(0, 400, 12)
    shift = np.linspace(-1, 2, 12)
    assert distances.frechet_distance(a, a + shift) == pytest.approx(np.square(shift).sum())


def test_scaled_data_have_a_closed_form():
    a = normal(0, 300, 8)
    a -= a.mean(axis=0)
    expected = (3 - 1) ** 2 * np.trace(np.cov(a.T))
    assert distances.frechet_distance(a, 3 * a) == pytest.approx(expected)


@pytest.mark.parametrize(("n", "m", "dimension"), [(200, 150, 10), (90, 40, 16)])
def test_frechet_agrees_with_a_matrix_square_root(n, m, dimension):
    mix = normal(9, dimension, dimension)
    a, b = normal(0, n, dimension), 0.5 + normal(1, m, dimension) @ mix
    assert distances.frechet_distance(a, b) == pytest.approx(frechet_by_sqrtm(a, b), rel=1e-8)


@pytest.mark.parametrize(("n", "m"), [(20, 25), (20, 300), (300, 20)])
def test_frechet_of_fewer_images_than_features(n, m):
    a, b = normal(0, n, 60), normal(1, m, 60, mean=0.3, scale=2)
    # sqrtm of a singular product is only good to the square root of rounding.
    assert distances.frechet_distance(a, b) == pytest.approx(frechet_by_sqrtm(a, b), rel=1e-4)


def test_singular_covariances_are_exact():
    a = normal(0, 20, 200)
    shift = np.full(200, 0.1)
    assert distances.frechet_distance(a, a + shift) == pytest.approx(2.0, abs=1e-10)


def test_frechet_is_a_distance():
    a, b = normal(0, 120, 30), normal(1, 140, 30, mean=0.2)
    assert 0 <= distances.frechet_distance(a, a) < 1e-9
    there, back = distances.frechet_distance(a, b), distances.frechet_distance(b, a)
    assert there == pytest.approx(back, rel=1e-12)


def test_kernel_agrees_with_loops():
    a, b = normal(0, 13, 7), normal(1, 11, 7, mean=0.5)
    assert distances.kernel_distance(a, b) == pytest.approx(kernel_by_loops(a, b), rel=1e-10)


def test_kernel_is_unbiased():
    draws = [
        distances.kernel_distance(normal(2 * i, 20, 4), normal(2 * i + 1, 20, 4))
        for i in range(300)
    ]
    error = np.std(draws) / math.sqrt(len(draws))
    assert abs(np.mean(draws)) < 4 * error
    assert min(draws) < 0


@pytest.mark.parametrize("neighbors", [1, 3, 5])
def test_manifold_scores_agree_with_loops(neighbors):
    real, fake = normal(0, 35, 3, mean=0.7), normal(1, 28, 3, mean=1.8)
    found = scores(real, fake, neighbors)
    expected = manifold_by_loops(real, fake, neighbors)
    assert 0 < expected["recall"] < 1
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_blocks_leave_no_trace(monkeypatch):
    real, fake = normal(0, 50, 6, mean=0.3), normal(1, 41, 6, mean=0.5)
    whole = scores(real, fake, 3)
    monkeypatch.setattr(distances, "BLOCK_ROWS", 7)
    monkeypatch.setattr(manifold, "BLOCK_ROWS", 7)
    assert scores(real, fake, 3) == pytest.approx(whole, rel=1e-9)


def test_a_set_against_itself():
    rows = normal(0, 60, 20)
    found = scores(rows, rows.copy())
    assert (found["precision"], found["recall"], found["coverage"]) == (1, 1, 1)
    assert found["density"] == pytest.approx(6 / 5)
    assert found["fd"] < 1e-9


def test_neighbours_on_the_surface_count_whatever_the_blocks(monkeypatch):
    rows = normal(0, 101, 333)
    monkeypatch.setattr(manifold, "BLOCK_ROWS", 13)
    found = scores(rows, rows[::-1])
    assert found["density"] == pytest.approx(6 / 5, rel=1e-12)


def test_sets_far_apart():
    direction = np.eye(20)[0]
    found = scores(normal(0, 60, 20) + 99 * direction, normal(1, 60, 20) - 99 * direction)
    for name in ("precision", "recall", "density", "coverage"):
        assert found[name] == 0
    assert found["fd"] > 198**2 * 0.9


def test_dropped_modes_cost_recall_and_coverage_but_not_precision():
    real = np.concatenate([normal(i, 60, 6, scale=0.2) + 4 * np.eye(6)[i] for i in range(4)])
    fake = normal(9, 240, 6, scale=0.2) + 4 * np.eye(6)[0]
    found = scores(real, fake)
    assert found["precision"] > 0.8
    assert found["recall"] < 0.3
    assert found["coverage"] < 0.3


def test_length_of_features_does_not_count_for_the_manifold():
    real, fake = normal(0, 40, 5), normal(1, 40, 5)
    assert manifold_part(real, fake) == pytest.approx(manifold_part(real, 1e-3 * fake))


def manifold_part(real, fake):
    found = scores(real, fake)
    return [found[name] for name in ("precision", "recall", "density", "coverage")]


def test_duplicates_count_as_inside():
    real = np.repeat(np.eye(6), 8, axis=0)
    found = scores(real, np.eye(6))
    assert (found["precision"], found["coverage"]) == (1, 1)


@pytest.mark.parametrize(
    ("real", "fake", "message"),
    [
        (np.zeros((5, 3)), np.zeros((9, 3)), "real_features has 5 rows; at least 6"),
        (np.zeros((9, 3)), np.zeros((5, 3)), "fake_features has 5 rows; at least 6"),
        (np.zeros((9, 3)), np.zeros((9, 4)), "3 dimensions and fake_features 4"),
        (np.zeros(9), np.zeros((9, 4)), r"real_features is float64 of shape \(9,\)"),
        (np.full((9, 3), math.nan), np.zeros((9, 3)), r"real_features\[0, 0\] is nan"),
        (np.zeros((9, 3)), np.full((9, 3), math.inf), r"fake_features\[0, 0\] is inf"),
    ],
)
def test_bad_features(real, fake, message):
    with pytest.raises(ValueError, match=message):
        scores(real, fake)


def test_bad_neighbors_and_too_few_rows():
    with pytest.raises(ValueError, match="neighbors is 0"):
        scores(np.zeros((9, 3)), np.zeros((9, 3)), 0)
    with pytest.raises(ValueError, match="has 1 rows; at least 2"):
        distances.frechet_distance(np.zeros((1, 3)), np.zeros((9, 3)))
