"""Scores of modes against scipy, closed forms, simulation and PacGAN's published procedure."""

import math
from collections import Counter

import numpy as np
import pytest
from scipy.stats import binom, entropy

from dcgan_core.data.digit_triples import DRAWN, HELD_OUT
from dcgan_core.evaluate.estimates import QUANTILE
from dcgan_core.evaluate.mode_statistics import (
    even,
    expected_kl,
    expected_modes,
    kl_divergence,
    kl_interval,
    modes_interval,
)
from dcgan_core.evaluate.modes import mode_scores, published_scores

DRAWN_ARRAY = np.array(DRAWN)


def sampled(seed: int, count: int, shares: np.ndarray | None = None) -> np.ndarray:
    return np.random.default_rng(seed).choice(DRAWN_ARRAY, count, p=shares)


def test_counts_of_a_small_set():
    scores = mode_scores(np.array([1, 1, 2, 0, 999]), np.array([True, True, True, True, False]))
    # 000 is held out, and 999 is not readable.
    assert (scores.images, scores.readable, scores.counted) == (5, 4, 3)
    assert (scores.modes, scores.held_out_modes) == (2, 1)
    assert (scores.unreadable, scores.held_out) == (0.2, 0.25)
    assert scores.kl == pytest.approx(math.log(900) - entropy([2 / 3, 1 / 3]))


def test_kl_is_that_of_scipy():
    triples = sampled(0, 3000)
    counts = np.array([Counter(triples.tolist())[triple] for triple in DRAWN])
    assert mode_scores(triples).kl == pytest.approx(entropy(counts, np.full(900, 1 / 900)))


def test_kl_has_the_closed_forms_of_even_and_of_single_modes():
    assert mode_scores(np.repeat(DRAWN_ARRAY, 3)).kl == pytest.approx(0, abs=1e-12)
    assert mode_scores(np.full(50, 12)).kl == pytest.approx(math.log(900))
    assert mode_scores(np.repeat(DRAWN_ARRAY[:10], 7)).kl == pytest.approx(math.log(90))


def test_kl_follows_the_procedure_that_was_published():
    """As the authors of PacGAN compute it, with 1,000 modes: shares that are 0 are skipped."""
    triples = np.random.default_rng(1).integers(0, 1000, 26_000)
    counts = np.bincount(triples, minlength=1000)
    shares = counts / counts.sum()
    published = sum(share * math.log(share / (1 / 1000)) for share in shares if share)
    assert kl_divergence(counts, even(len(counts))) == pytest.approx(published)
    assert expected_kl(26_000, even(1000)) == pytest.approx(published, rel=0.2)


@pytest.mark.parametrize("images", [1, 40, 2000])
def test_expected_values_of_uneven_modes_are_what_simulation_gives(images):
    shares = np.array([0.7, 0.1, 0.1, 0.06, 0.03, 0.01])
    drawn = np.random.default_rng(5).multinomial(images, shares, size=4000)
    for expected, found in (
        (expected_modes(images, shares), (drawn > 0).sum(axis=1)),
        (expected_kl(images, shares), np.array([entropy(row, shares) for row in drawn])),
    ):
        assert abs(found.mean() - expected) < 4 * found.std() / math.sqrt(len(found)) + 1e-6


def test_one_mode_holds_all():
    one = np.ones(1)
    assert (expected_modes(5, one), expected_kl(5, one)) == (1, 0)
    assert kl_divergence(np.array([5]), one) == 0
    assert kl_interval(np.array([5]), one) == (0, 0)


def test_kl_of_uneven_modes_is_that_of_scipy():
    counts, shares = np.array([5, 0, 9, 1]), np.array([0.5, 0.1, 0.1, 0.3])
    value = kl_divergence(counts, shares)
    assert value == pytest.approx(entropy(counts, shares))
    low, high = kl_interval(counts, shares)
    without = [entropy(counts - np.eye(4, dtype=int)[mode], shares) for mode in (0, 2, 3)]
    mean = np.average(without, weights=[5, 9, 1])
    spread = QUANTILE * math.sqrt(14 / 15 * ((without - mean) ** 2 @ [5, 9, 1]))
    assert (low, high) == pytest.approx((max(0, value - spread), value + spread))


@pytest.mark.parametrize(("images", "count"), [(1, 900), (640, 900), (26_000, 900), (500, 1000)])
def test_expected_values_agree_with_scipys_binomial(images, count):
    number = np.arange(1, images + 1)
    chance = binom.pmf(number, images, 1 / count)
    share = number / images
    kl = count * (chance * share * np.log(share * count)).sum()
    assert expected_kl(images, even(count)) == pytest.approx(kl, rel=1e-6)
    unseen = binom.pmf(0, images, 1 / count)
    assert expected_modes(images, even(count)) == pytest.approx(count * (1 - unseen))


def test_expected_values_are_what_simulation_gives():
    found = [mode_scores(sampled(seed, 640)) for seed in range(300)]
    for name in ("modes", "kl"):
        values = np.array([getattr(scores, name) for scores in found])
        error = values.std() / math.sqrt(len(values))
        assert abs(values.mean() - getattr(found[0], f"{name}_expected")) < 4 * error


@pytest.mark.parametrize("kind", ["even", "uneven", "few"])
def test_intervals_hold_what_new_images_give(kind):
    shares = {
        "even": np.full(900, 1.0),
        "uneven": 1 / np.arange(1.0, 901),
        "few": (np.arange(900) < 64).astype(float),
    }[kind]
    shares /= shares.sum()
    found = [mode_scores(sampled(seed, 600, shares)) for seed in range(400)]
    # The count of modes is whole, which its mean is not: hence the half.
    for name, slack in (("modes", 0.5), ("kl", 0.0)):
        mean = np.mean([getattr(scores, name) for scores in found])
        ends = np.array([getattr(scores, f"{name}_interval") for scores in found])
        held = (ends[:, 0] - slack <= mean) & (mean <= ends[:, 1] + slack)
        assert held.mean() > 0.88, name


@pytest.mark.parametrize(
    ("name", "counts"), [("modes", [3, 1, 1, 0, 7]), ("kl", [3, 1, 1, 0, 7]), ("kl", [1, 1])]
)
def test_intervals_are_those_of_a_jackknife_by_hand(name, counts):
    images = np.repeat(np.arange(len(counts)), counts)

    def statistic(chosen):
        found = np.bincount(chosen, minlength=len(counts))
        return (found > 0).sum() if name == "modes" else kl_divergence(found, even(len(found)))

    without = np.array([statistic(np.delete(images, i)) for i in range(len(images))])
    variance = (len(images) - 1) / len(images) * ((without - without.mean()) ** 2).sum()
    counts = np.array(counts)
    shares = even(len(counts))
    low, high = modes_interval(counts) if name == "modes" else kl_interval(counts, shares)
    value, spread = statistic(images), QUANTILE * math.sqrt(variance)
    largest = len(counts) if name == "modes" else math.log(len(counts))
    assert (low, high) == pytest.approx((max(0, value - spread), min(largest, value + spread)))


def test_independent_channels_show_a_tenth_of_inventions():
    triples = np.random.default_rng(2).integers(0, 1000, 20_000)
    scores = mode_scores(triples)
    assert scores.held_out == pytest.approx(0.1, abs=0.01)
    assert scores.held_out_interval[0] < 0.1 < scores.held_out_interval[1]
    assert scores.held_out_modes == 100


def test_a_generator_that_shows_nothing_has_no_kl():
    unread = mode_scores(np.array([1, 2, 3]), np.zeros(3, bool))
    assert (unread.unreadable, unread.modes, unread.kl, unread.held_out) == (1, 0, None, None)
    invented = mode_scores(np.array([HELD_OUT[3]] * 4))
    assert (invented.modes, invented.kl, invented.held_out) == (0, None, 1)
    assert invented.modes_expected == 0


def test_one_image_is_scored():
    scores = mode_scores(np.array([12]))
    assert scores.modes == 1
    assert scores.modes_expected == pytest.approx(1)
    assert scores.kl == scores.kl_expected == pytest.approx(math.log(900))


@pytest.mark.parametrize(
    ("triples", "readable", "message"),
    [
        (np.zeros(0, int), None, "triples is empty"),
        (np.array([1, 1000]), None, "from 0 to 999"),
        (np.array([-1, 3]), None, "from 0 to 999"),
        (np.array([0.5]), None, "triples are float64"),
        (np.zeros((2, 3), int), np.ones(2, bool), r"shape \(2, 3\) and readable of shape \(2,\)"),
        (np.array([1, 2]), np.ones(3, bool), r"shape \(2,\) and readable of shape \(3,\)"),
    ],
)
def test_bad_triples(triples, readable, message):
    with pytest.raises(ValueError, match=message):
        mode_scores(triples, readable)


def test_the_published_scores_are_an_entropy_over_all_triples():
    triples = np.random.default_rng(4).geometric(0.01, 5000).clip(max=1000) - 1
    scores = published_scores(triples)
    counts = np.bincount(triples, minlength=1000)
    assert scores.modes == len(set(triples.tolist()))
    assert scores.kl == pytest.approx(entropy(counts, np.full(1000, 1 / 1000)))
    assert scores.kl_interval[0] < scores.kl < scores.kl_interval[1]
