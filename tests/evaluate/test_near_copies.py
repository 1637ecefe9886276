"""Repeated and copied images are found, in sets whose copies are known."""

import numpy as np
import pytest
import torch

from dcgan_core.evaluate.near_copies import CopyCheck
from dcgan_core.evaluate.thumbnails import nearest_others, nearest_thumbnails, thumbnails

COUNT = 400


def pictures(seed, count=COUNT):
    """Smooth colours: sums of a few waves, uint8 N×32×24×3."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:1:32j, 0:1:24j]
    waves = np.zeros((count, 32, 24, 3))
    for _ in range(6):
        fy, fx = rng.normal(0, 2, (2, count, 1, 1, 3))
        phase = rng.uniform(0, 2 * np.pi, (count, 1, 1, 3))
        angle = 2 * np.pi * (fy * y[None, :, :, None] + fx * x[None, :, :, None]) + phase
        waves += np.sin(angle)
    return np.clip(128 + 35 * waves, 0, 255).astype(np.uint8)


PROJECTION = np.random.default_rng(9).normal(size=(32 * 24 * 3, 40))


def features(codes):
    """Random projections: near for near images."""
    return (codes.reshape(len(codes), -1) / 255.0) @ PROJECTION


TRAIN, HELD_OUT, FRESH = pictures(0), pictures(1), pictures(2)


def look(samples):
    check = CopyCheck(
        thumbnails(TRAIN),
        (features(TRAIN[:200]), np.arange(200)),
        (thumbnails(HELD_OUT), features(HELD_OUT)),
        lambda rows: features(TRAIN[rows]),
    )
    found = check.look(thumbnails(samples), features(samples))
    return found, check.veto(found)


def noisy(codes, seed=3):
    moved = codes + np.random.default_rng(seed).normal(0, 4, codes.shape)
    return np.clip(moved, 0, 255).astype(np.uint8)


def test_new_images_of_the_kind_pass():
    found, veto = look(FRESH)
    assert found.repeated <= 0.02
    assert found.copied <= 0.02
    assert 0.9 < found.ratio_pixels < 1.1
    assert 0.9 < found.ratio_features < 1.1
    assert veto == ""


@pytest.mark.parametrize("kept", [1, 10, 64])
def test_a_few_images_repeated_are_vetoed(kept):
    samples = noisy(FRESH[np.arange(COUNT) % kept])
    found, veto = look(samples)
    assert found.repeated > 0.95
    assert veto == "repeats itself"
    assert (found.twins % kept == np.arange(COUNT) % kept).mean() > 0.95


@pytest.mark.parametrize("turned", [False, True])
def test_training_images_are_vetoed_mirrored_ones_too(turned):
    copies = TRAIN[:, :, ::-1] if turned else TRAIN
    found, veto = look(noisy(copies))
    assert (found.sources == np.arange(COUNT)).mean() > 0.99
    assert found.ratio_pixels < 0.5
    if not turned:
        # Features of the mirrored image are another's.
        assert found.copied > 0.95
        assert veto == "copies training images"


def test_a_tenth_of_copies_is_told_and_a_hundredth_is_not():
    for share, expected in ((0.12, "copies training images"), (0.01, "")):
        samples = FRESH.copy()
        count = round(share * COUNT)
        samples[:count] = noisy(TRAIN[:count])
        found, veto = look(samples)
        assert abs(found.copied - share) < 0.02
        assert veto == expected


def test_the_nearest_thumbnails_are_those_of_a_loop():
    queries, others = thumbnails(FRESH[:20]), thumbnails(TRAIN[:50])
    distances, rows = nearest_thumbnails(queries, others)
    for place, query in enumerate(queries):
        both = [
            min(
                float((query - other).double().square().mean().sqrt()),
                float((query.flip(2) - other).double().square().mean().sqrt()),
            )
            for other in others
        ]
        assert rows[place] == int(np.argmin(both))
        assert distances[place] == pytest.approx(min(both), rel=1e-6)
    apart, twins = nearest_others(queries)
    assert (twins != np.arange(20)).all()
    assert apart[3] == pytest.approx(
        float((queries[3] - queries[twins[3]]).double().square().mean().sqrt()), rel=1e-6
    )


@pytest.mark.parametrize("shape", [(64, 64), (157, 128), (16, 16), (12, 40)])
def test_thumbnails_average(shape):
    codes = np.random.default_rng(0).integers(0, 256, (2, *shape, 1), dtype=np.uint8)
    small = thumbnails(codes)
    assert small.shape == (2, 1, min(16, shape[0]), min(16, shape[1]))
    if shape == (64, 64):
        expected = codes.reshape(2, 16, 4, 16, 4).mean(axis=(2, 4))
        assert torch.allclose(small[:, 0].double(), torch.from_numpy(expected), atol=1e-4)
