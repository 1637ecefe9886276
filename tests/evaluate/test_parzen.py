"""Log-likelihoods against closed forms and a direct computation by scipy."""

import logging
import math
import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import trapezoid
from scipy.spatial.distance import cdist
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from dcgan_core.evaluate import parzen, parzen_score


def naive(centers, points, sigma):
    n, dimension = centers.shape
    exponents = -cdist(points, centers, "sqeuclidean") / (2 * sigma**2)
    log_z = math.log(n) + dimension * math.log(sigma * math.sqrt(2 * math.pi))
    return logsumexp(exponents, axis=1) - log_z


def pixels(seed, rows, dimension):
    return np.random.default_rng(seed).random((rows, dimension))


@pytest.mark.parametrize("dimension", [784, 12_288])
@pytest.mark.parametrize("sigma", [0.01, 0.1, 0.2, 1.0])
def test_agrees_with_scipy(dimension, sigma):
    centers, points = pixels(0, 150, dimension), pixels(1, 90, dimension)
    points[:10] = centers[:10]
    values = parzen.log_likelihood(centers, points, sigma)
    assert values.dtype == np.float64
    np.testing.assert_allclose(values, naive(centers, points, sigma), rtol=1e-9, atol=0)


def test_data_far_from_the_origin_lose_no_digits():
    centers, points = 1e4 + pixels(0, 50, 20), 1e4 + pixels(1, 30, 20)
    values = parzen.log_likelihood(centers, points, 0.1)
    np.testing.assert_allclose(values, naive(centers, points, 0.1), rtol=1e-9)


def test_many_centres_cross_real_block_sizes():
    centers, points = pixels(0, 2500, 6), pixels(1, 4500, 6)
    values = parzen.log_likelihood(centers, points, 0.1)
    np.testing.assert_allclose(values, naive(centers, points, 0.1), rtol=1e-9, atol=1e-9)


def test_one_centre_is_a_gaussian():
    center, points, sigma = pixels(0, 1, 12), pixels(1, 40, 12), 0.3
    expected = multivariate_normal(center[0], sigma**2 * np.eye(12)).logpdf(points)
    np.testing.assert_allclose(parzen.log_likelihood(center, points, sigma), expected, rtol=1e-12)


def test_rounding_never_lifts_a_point_above_the_peak():
    rows, sigma = pixels(0, 300, 50), 1e-7
    peak = -50 * math.log(sigma * math.sqrt(2 * math.pi)) - math.log(300)
    assert parzen.log_likelihood(rows, rows, sigma).max() <= peak + 1e-9


def test_density_integrates_to_one():
    centers = np.array([[-0.4], [0.1], [0.2], [2.0]])
    grid = np.linspace(-6, 8, 20_001)[:, None]
    density = np.exp(parzen.log_likelihood(centers, grid, 0.3))
    assert trapezoid(density, grid[:, 0]) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(("dimension", "published"), [(784, -543.4), (12_288, -8517.4)])
def test_pixel_scale_shifts_the_score(dimension, published):
    centers, points = pixels(0, 20, dimension), pixels(1, 10, dimension)
    unit = parzen.log_likelihood(centers, points, 0.2)
    signed = parzen.log_likelihood(2 * centers - 1, 2 * points - 1, 0.4)
    np.testing.assert_allclose(signed - unit, -dimension * math.log(2), rtol=1e-9)
    assert (signed - unit).mean() == pytest.approx(published, abs=0.05)


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 13),
    m=st.integers(1, 13),
    point_rows=st.integers(1, 7),
    center_rows=st.integers(1, 7),
    seed=st.integers(0, 99),
)
def test_blocks_leave_no_trace(n, m, point_rows, center_rows, seed):
    centers, points, sigmas = pixels(seed, n, 5), pixels(seed + 100, m, 5), [0.003, 0.1, 2.0]
    blocked = parzen._log_likelihoods(
        centers, points, sigmas, torch.device("cpu"), point_rows, center_rows
    )
    expected = [naive(centers, points, sigma) for sigma in sigmas]
    np.testing.assert_allclose(blocked, expected, rtol=1e-9, atol=1e-9)


def test_nearest_centre_in_a_later_block():
    centers = np.array([[100.0], [50.0], [0.0]])
    value = parzen._log_likelihoods(centers, np.array([[0.0]]), [0.01], torch.device("cpu"), 1, 1)
    expected = -math.log(3) - math.log(0.01 * math.sqrt(2 * math.pi))
    assert value[0, 0] == pytest.approx(expected, rel=1e-9)


def test_several_bandwidths_equal_one_at_a_time():
    centers, points, sigmas = pixels(0, 40, 30), pixels(1, 25, 30), [0.5, 0.1, 0.2]
    together = parzen.log_likelihoods(centers, points, sigmas)
    alone = [parzen.log_likelihood(centers, points, sigma) for sigma in sigmas]
    np.testing.assert_allclose(together, alone, rtol=1e-13)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float16, np.float32])
def test_other_dtypes_are_taken_at_face_value(dtype):
    codes = np.random.default_rng(3).integers(0, 256, (60, 50))
    centers, points = codes[:40].astype(dtype), codes[40:].astype(dtype)
    expected = naive(centers.astype(float), points.astype(float), 20.0)
    np.testing.assert_allclose(parzen.log_likelihood(centers, points, 20.0), expected, rtol=1e-12)


def test_inputs_are_left_alone_and_may_be_read_only():
    centers, points = pixels(0, 9, 4), pixels(1, 7, 4)
    before = centers.copy(), points.copy()
    centers.flags.writeable = points.flags.writeable = False
    parzen.log_likelihood(centers, points, 0.1)
    np.testing.assert_array_equal(centers, before[0])
    np.testing.assert_array_equal(points, before[1])


def test_working_memory_is_bounded():
    centers = np.zeros((1200, 12_288), dtype=np.float32)
    points = np.ones((1500, 12_288), dtype=np.float32)
    tracemalloc.start()
    try:
        parzen.log_likelihood(centers, points, 0.2)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 250e6


def test_sigma_is_the_best_of_those_tried():
    centers, points = pixels(0, 300, 3), pixels(1, 200, 3)
    sigmas = np.logspace(-2, 1, 13)
    choice = parzen.choose_sigma(centers, points, sigmas)
    means = [naive(centers, points, sigma).mean() for sigma in sigmas]
    assert choice.sigma == sigmas[int(np.argmax(means))]
    assert not choice.at_edge
    np.testing.assert_allclose(choice.means, means, rtol=1e-9)


@pytest.mark.parametrize("sigmas", [[5.0, 3.0, 4.0], [0.001, 0.002, 0.0005]])
def test_sigma_at_an_edge_is_flagged_and_logged(sigmas, caplog):
    with caplog.at_level(logging.WARNING, logger="dcgan"):
        choice = parzen.choose_sigma(pixels(0, 300, 3), pixels(1, 200, 3), sigmas)
    assert choice.at_edge
    assert "end of the range" in caplog.text


def test_a_single_sigma_was_the_callers_choice(caplog):
    choice = parzen.choose_sigma(pixels(0, 30, 3), pixels(1, 20, 3), [5.0])
    assert (choice.sigma, choice.at_edge, caplog.text) == (5.0, False, "")


def test_score_reports_mean_error_and_protocol():
    centers, validation, test = pixels(0, 80, 6), pixels(1, 40, 6), pixels(2, 50, 6)
    sigmas = np.logspace(-2, 0.5, 9)
    result = parzen_score.score(centers, validation, test, sigmas)
    sigma = max(sigmas, key=lambda value: naive(centers, validation, value).mean())
    values = naive(centers, test, sigma)
    assert result.sigma == sigma
    assert result.mean == pytest.approx(values.mean(), rel=1e-9)
    assert result.standard_error == pytest.approx(values.std(ddof=1) / math.sqrt(50), rel=1e-9)
    assert result.nats_per_dimension == pytest.approx(values.mean() / 6, rel=1e-9)
    counts = (result.n_centers, result.n_test, result.n_groups, result.dimension)
    assert counts == (80, 50, 0, 6)
    assert not result.at_edge


def test_the_error_over_groups_of_one_is_the_usual_one():
    values = np.random.default_rng(0).normal(size=30)
    expected = values.std(ddof=1) / math.sqrt(30)
    assert parzen_score.error_over_groups(values, np.arange(30)) == pytest.approx(
        expected, rel=1e-12
    )


def test_the_error_over_groups_is_how_means_of_other_groups_spread():
    rng = np.random.default_rng(1)
    names = np.repeat(np.arange(25), 12)
    found, means = [], []
    for _ in range(400):
        values = rng.normal(size=25)[names] + 0.3 * rng.normal(size=300)
        found.append(parzen_score.error_over_groups(values, names))
        means.append(values.mean())
    assert np.mean(found) == pytest.approx(np.std(means), rel=0.1)


def test_images_of_one_group_make_a_larger_error():
    centers, validation, test = pixels(0, 80, 6), pixels(1, 40, 6), pixels(2, 50, 6)
    test[::2] *= 0.3
    names = np.array(["dark", "light"] * 25)
    names[:8] = [*"abcdefgh"]
    result = parzen_score.score(centers, validation, test, [0.3], names)
    assert result.n_groups == 10
    assert result.standard_error > 1.5 * result.standard_error_images


def test_score_prefers_the_right_model():
    rng = np.random.default_rng(0)
    data = rng.normal(0.5, 0.1, (700, 8))
    good, noise = data[:300], rng.random((300, 8))
    sigmas = np.logspace(-2, 0, 9)
    better = parzen_score.score(good, data[300:500], data[500:], sigmas)
    worse = parzen_score.score(noise, data[300:500], data[500:], sigmas)
    assert better.mean - worse.mean > 5 * (better.standard_error + worse.standard_error)


@pytest.mark.parametrize("sigma", [0.0, -1.0, math.nan, math.inf])
def test_bad_sigma(sigma):
    with pytest.raises(ValueError, match=f"sigma is {sigma}"):
        parzen.log_likelihood(pixels(0, 3, 2), pixels(1, 3, 2), sigma)


@pytest.mark.parametrize(
    ("centers", "points", "message"),
    [
        (np.zeros((3, 2)), np.zeros((3, 4)), "2 dimensions and points 4"),
        (np.zeros((0, 2)), np.zeros((3, 2)), r"centers has shape \(0, 2\)"),
        (np.zeros((3, 2)), np.zeros((0, 2)), r"points has shape \(0, 2\)"),
        (np.zeros((3, 0)), np.zeros((3, 0)), r"centers has shape \(3, 0\)"),
        (np.zeros((3, 2, 2)), np.zeros((3, 4)), r"centers has shape \(3, 2, 2\)"),
        (np.zeros((3, 2), complex), np.zeros((3, 2)), "centers has dtype complex128"),
        (np.array([[0.0, 1.0], [2.0, math.nan]]), np.zeros((3, 2)), r"centers\[1, 1\] is nan"),
        (np.zeros((3, 2)), np.array([[0.0, math.inf]]), r"points\[0, 1\] is inf"),
    ],
)
def test_bad_arrays(centers, points, message):
    with pytest.raises(ValueError, match=message):
        parzen.log_likelihood(centers, points, 0.1)


def test_no_sigmas_and_too_few_test_points():
    with pytest.raises(ValueError, match="sigmas is empty"):
        parzen.log_likelihoods(pixels(0, 3, 2), pixels(1, 3, 2), [])
    with pytest.raises(ValueError, match="test has 1 points"):
        parzen_score.score(pixels(0, 3, 2), pixels(1, 3, 2), pixels(2, 1, 2), [0.1, 0.2])
