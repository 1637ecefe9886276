"""Batches: a pure function of seed and position, exact in value, never out of order."""

import numpy as np
import pytest
import torch

from dcgan_core.data.batches import RealBatches
from dcgan_core.errors import UserError


def batches(path, **settings):
    defaults = {"batch_size": 7, "seed": 3, "flip": False, "device": torch.device("cpu")}
    return RealBatches(path, **{**defaults, **settings})


def rows_of(batch):
    return {tuple(image.flatten()[:12].tolist()) for image in batch}


def test_an_epoch_shows_each_image_once_and_drops_the_partial_batch(pack):
    source = batches(pack)
    assert len(source) == 6
    seen = [rows_of(source.batch(0, index)) for index in range(6)]
    assert len(set().union(*seen)) == 42
    other = [rows_of(source.batch(1, index)) for index in range(6)]
    assert seen != other


def test_a_position_gives_the_same_batch_whatever_came_before(pack):
    first = batches(pack, flip=True)
    expected = first.batch(4, 2)
    second = batches(pack, flip=True)
    second.batch(0, 0)
    second.batch(7, 5)
    assert torch.equal(second.batch(4, 2), expected)
    assert not torch.equal(batches(pack, flip=True, seed=4).batch(4, 2), expected)


def test_codes_map_to_the_unit_range_exactly(pack):
    batch = batches(pack, batch_size=48).batch(0, 0)
    assert batch.shape == (48, 3, 16, 16)
    assert batch.is_contiguous(memory_format=torch.channels_last)
    codes = np.load(pack).transpose(0, 3, 1, 2).astype(np.float64)
    expected = np.sort((codes / 127.5 - 1).ravel())
    np.testing.assert_allclose(np.sort(batch.numpy().ravel()), expected, atol=1e-7)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_packs_of_values_are_given_as_they_are(tmp_path, dtype):
    values = np.random.default_rng(1).uniform(-1, 1, (48, 16, 16, 3)).astype(dtype)
    values[0, 0, 0] = (-1, 0, 1)
    np.save(tmp_path / "train.npy", values)
    batch = batches(tmp_path / "train.npy", batch_size=48).batch(0, 0)
    assert batch.dtype == torch.float32
    given = {image.permute(1, 2, 0).numpy().tobytes() for image in batch}
    assert given == {image.tobytes() for image in values.astype(np.float32)}


def test_mirroring_turns_about_half_left_to_right(pack):
    plain = batches(pack, batch_size=48).batch(0, 0)
    mirrored = batches(pack, batch_size=48, flip=True).batch(0, 0)
    same = (plain == mirrored).flatten(1).all(1)
    turned = (plain.flip(3) == mirrored).flatten(1).all(1)
    assert (same ^ turned).all()
    assert 12 <= turned.sum() <= 36


def test_fewer_images_than_a_batch_is_told(pack):
    with pytest.raises(UserError, match=r"train.batch_size = 64 is more than the 48"):
        batches(pack, batch_size=64)
