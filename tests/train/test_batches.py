"""Batches: a pure function of seed and position, exact in value, never out of order."""

import numpy as np
import pytest
import torch

from dcgan_core.data.batch_codes import AheadCodes, ReadCodes, ResidentCodes
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


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize("kind", [ResidentCodes, AheadCodes])
def test_batches_are_the_same_wherever_their_codes_are(tmp_path, kind, dtype):
    codes = np.random.default_rng(2).integers(0, 256, (48, 16, 16, 3)).astype(dtype)
    np.save(tmp_path / "train.npy", codes if dtype == "uint8" else codes / np.float32(255))
    classes = np.arange(48) % 5
    usual, other = (batches(tmp_path / "train.npy", flip=True, classes=classes) for _ in range(2))
    other.codes = kind(other.pack, torch.device("cpu"))
    assert "48 images" in other.told
    assert torch.equal(other.first(5), usual.first(5))
    # In order over the end of an epoch, then out of order, as a training that is taken up.
    for place in [*((0, i) for i in range(6)), (1, 0), (1, 1), (3, 4), (3, 5), (0, 2), (0, 0)]:
        assert torch.equal(other.batch(*place), usual.batch(*place))
        assert torch.equal(other.classes(*place), usual.classes(*place))


def test_a_reader_that_is_ahead_fails_at_the_batch_that_it_failed_to_read(pack):
    source = batches(pack)
    source.codes = AheadCodes(source.pack, torch.device("cpu"))
    source.batch(0, 0)
    with pack.open("r+b") as file:
        file.truncate(600)
    read = map(source.batch, [0] * 5, range(1, 6))
    with pytest.raises(UserError, match="became shorter"):
        list(read)


def test_codes_are_kept_where_a_quarter_of_the_free_memory_holds_them(pack, monkeypatch):
    size = 48 * 16 * 16 * 3
    for free, kind in ((None, ReadCodes), (4 * size, ResidentCodes), (4 * size - 1, AheadCodes)):
        monkeypatch.setattr("dcgan_core.data.batch_codes.free_memory", lambda _, free=free: free)
        assert type(batches(pack).codes) is kind
