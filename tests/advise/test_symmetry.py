"""Pictures that face one way are told from those that do not."""

import numpy as np
import pytest

from dcgan_core.advise.symmetry import compare_with_mirrored


def pictures(count, side, seed=0):
    """Noise, with a bright spot at the left in ``side`` of them and at the right in the others."""
    rng = np.random.default_rng(seed)
    tones = rng.integers(0, 200, (count, 16, 16), dtype=np.uint8)
    left = rng.random(count) < side
    tones[left, 5:9, 1:5] += 55
    tones[~left, 5:9, 11:15] += 55
    return tones


@pytest.mark.parametrize("count", [40, 400])
def test_pictures_that_face_one_way_are_found(count):
    found = compare_with_mirrored(pictures(count, 1))
    assert found.one_sided
    assert found.p == 0.001


def test_pictures_that_face_both_ways_are_seldom_said_to_face_one():
    said = sum(compare_with_mirrored(pictures(60, 0.5, seed)).one_sided for seed in range(60))
    assert said <= 3


def test_p_is_even_where_there_is_no_side():
    found = [compare_with_mirrored(pictures(30, 0.5, seed), seed).p for seed in range(200)]
    assert abs(np.mean(found) - 0.5) < 0.08
    assert np.mean(np.array(found) < 0.1) < 0.2


def test_what_only_a_test_can_see_does_not_count():
    tones = pictures(5000, 0.5)
    tones[:, :, :8] += 4
    found = compare_with_mirrored(tones)
    assert found.p == 0.001
    assert not found.one_sided


def test_mirroring_all_changes_nothing():
    tones = pictures(50, 0.7)
    assert compare_with_mirrored(tones[:, :, ::-1]) == compare_with_mirrored(tones)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_or_symmetric_pictures_have_no_side(count):
    assert not compare_with_mirrored(pictures(count, 1)).one_sided
    assert compare_with_mirrored(np.full((count, 16, 16), 7, np.uint8)).p == 1
