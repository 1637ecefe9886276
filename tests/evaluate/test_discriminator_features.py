"""The discriminator's features, against hooks and numpy; the classifier, where it is known."""

import sys

import numpy as np
import pytest
import torch
from nets.models import model
from scipy.stats import binomtest
from torch import nn

from dcgan_core.errors import UserError
from dcgan_core.evaluate.discriminator_features import (
    COSTS,
    accuracy,
    features,
)
from dcgan_core.nets import build_discriminator

RANDOM = np.random.default_rng(0)
SHAPES = {
    "paper's": (16, 16, 3, {}),
    "without norm": (16, 16, 3, {"norm_d": "none"}),
    "sides of no multiple": (37, 22, 1, {"norm_d": "spectral"}),
    "a base of 7": (28, 28, 1, {"family": "mnist", "dropout": 0.4}),
    "compares the batch": (24, 16, 3, {"minibatch_std": True, "minibatch_discrimination": 3}),
    "with relu": (32, 32, 3, {"activation_d": "relu", "norm_d": "instance"}),
}


def discriminator_of(name):
    """A discriminator whose norms have seen images and have weights of both signs; its shape."""
    height, width, channels, changes = SHAPES[name]
    made_of = model(8, 4, 4, **changes)
    rng = torch.Generator().manual_seed(1)
    discriminator = build_discriminator(height, width, channels, made_of, rng)
    discriminator(torch.randn(8, channels, height, width, generator=rng))
    for layer in discriminator.modules():
        if isinstance(layer, (nn.BatchNorm2d, nn.InstanceNorm2d)):
            nn.init.normal_(layer.weight, generator=rng)
    return discriminator.eval(), (height, width, channels)


def pooled(maps: np.ndarray) -> np.ndarray:
    """N×C×H×W to N×(C·16): the largest value in each part of a 4×4 grid that covers the map."""
    height, width = maps.shape[2:]
    rows = [slice(i * height // 4, -(-(i + 1) * height // 4)) for i in range(4)]
    columns = [slice(i * width // 4, -(-(i + 1) * width // 4)) for i in range(4)]
    cells = [maps[:, :, row, column].max(axis=(2, 3)) for row in rows for column in columns]
    return np.stack(cells, axis=2).reshape(len(maps), -1)


def by_hooks(discriminator, images: np.ndarray) -> np.ndarray:
    """What each activation layer gives, taken from outside, one image at a time."""
    kinds = (nn.ReLU, nn.LeakyReLU, nn.SELU)
    found: list[np.ndarray] = []
    layers = [layer for layer in discriminator.modules() if isinstance(layer, kinds)]
    hooks = [
        layer.register_forward_hook(lambda _layer, _maps, out: found.append(out.clone().numpy()))
        for layer in layers
    ]
    rows = []
    for image in images:
        found.clear()
        values = image.astype(np.float32) / 127.5 - 1
        discriminator(torch.from_numpy(values.transpose(2, 0, 1)[None].copy()))
        rows.append(np.concatenate([pooled(maps) for maps in found], axis=1))
    for hook in hooks:
        hook.remove()
    return np.concatenate(rows)


@pytest.mark.parametrize("name", SHAPES)
@torch.no_grad()
def test_they_are_every_convolutions_maxima_on_a_grid(name):
    discriminator, shape = discriminator_of(name)
    images = RANDOM.integers(0, 256, (5, *shape), np.uint8)
    found = features(discriminator, images, batch_size=2)
    convolutions = [layer for layer in discriminator.body if isinstance(layer, nn.Conv2d)]
    assert found.shape == (5, 16 * sum(layer.out_channels for layer in convolutions))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, by_hooks(discriminator, images), atol=1e-5)


@torch.no_grad()
def test_without_norm_they_are_what_convolutions_give_to_the_activation():
    """Maxima and leaky ReLU can be exchanged, so hooks on the convolutions themselves will do."""
    discriminator, shape = discriminator_of("without norm")
    images = RANDOM.integers(0, 256, (3, *shape), np.uint8)
    found: list[np.ndarray] = []
    for layer in discriminator.body:
        if isinstance(layer, nn.Conv2d):
            # A copy, since the activation after it works in place.
            layer.register_forward_hook(
                lambda _layer, _maps, out: found.append(out.clone().numpy())
            )
    result = features(discriminator, images)
    rows = np.concatenate([pooled(maps) for maps in found], axis=1)
    np.testing.assert_allclose(result, np.where(rows > 0, rows, 0.2 * rows), atol=1e-6)


def test_the_papers_discriminator_of_32_pixels_has_the_papers_28672_features():
    """Its widths are 256, 512 and 1024."""
    made_of = model(8, 4, 256, norm_d="batch")
    discriminator = build_discriminator(32, 32, 3, made_of, torch.Generator().manual_seed(0))
    images = np.zeros((1, 32, 32, 3), np.uint8)
    assert features(discriminator.eval(), images).shape == (1, 28_672)


def test_what_cannot_give_features_is_refused():
    discriminator, shape = discriminator_of("paper's")
    images = np.zeros((2, *shape), np.uint8)
    for wrong in (images[:, :8], images[:0], images.astype(np.float32), images[..., :1]):
        with pytest.raises(ValueError, match="wanted uint8"):
            features(discriminator, wrong)
    with pytest.raises(ValueError, match="eval mode"):
        features(discriminator.train(), images)


def blobs(count: int, dimension: int, classes: int, distance: float, seed: int = 0):
    """Rows round one centre a class, and names of their classes, in splits of count each."""
    rng = np.random.default_rng(seed)
    centers = rng.normal(size=(classes, dimension)) * distance
    splits = []
    for _ in range(3):
        numbers = np.arange(count) % classes
        rows = centers[numbers] + rng.normal(size=(count, dimension)) + 3
        splits += [rows.astype(np.float32), [f"class {number}" for number in numbers]]
    return splits


@pytest.mark.parametrize("dimension", [20, 400])
def test_classes_that_lie_apart_are_told_apart(dimension):
    found = accuracy(*blobs(100, dimension, 4, 5.0))
    assert (found.share, found.high) == (1, 1)
    assert found.low == pytest.approx(100 / (100 + 1.6448536**2))
    assert (found.chance, found.classes) == (0.25, 4)
    assert (found.n_train, found.n_validation, found.n_test) == (100, 100, 100)
    # All do as well, so the most regularised one it is.
    assert found.cost == COSTS[0]


@pytest.mark.parametrize("dimension", [20, 400])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_shuffled_labels_come_to_chance(dimension, seed):
    splits = blobs(200, dimension, 4, 5.0, seed)
    rng = np.random.default_rng(seed)
    splits[1::2] = [list(rng.permutation(labels)) for labels in splits[1::2]]
    found = accuracy(*splits)
    assert found.chance == 0.25
    # One of three seeds is out of a 90 % interval in a quarter of all tries: 99.9 %.
    low, high = binomtest(round(found.share * 200), 200).proportion_ci(0.999, "wilson")
    assert low < found.chance < high
    assert found.low < found.share < found.high


@pytest.mark.parametrize("dimension", [30, 300])
def test_it_is_scikit_learns_classifier_of_the_features_themselves(dimension):
    """Neither the scale nor the change of coordinates makes another classifier of it."""
    from sklearn.svm import LinearSVC

    train, labels, test, truth, validation, valid = blobs(120, dimension, 3, 0.25)
    found = accuracy(train, labels, test, truth, validation, valid, costs=(1.0,))
    centred = train.astype(np.float64) - train.mean(axis=0, dtype=np.float64)
    # C of unit length, told in C of the features as they are.
    cost = 1 / np.square(centred).sum(axis=1).mean()
    plain = LinearSVC(C=cost, dual=True, tol=1e-8, max_iter=100_000, intercept_scaling=100)
    plain.fit(centred, labels)
    shifted = test - train.mean(axis=0, dtype=np.float64)
    assert 0.5 < found.share < 1
    assert found.share == pytest.approx(plain.score(shifted, truth), abs=1.5 / 120)


def test_the_same_features_give_the_same_result_and_their_scale_does_not_matter():
    splits = blobs(90, 200, 3, 0.3)
    once = accuracy(*splits)
    assert accuracy(*splits) == once
    larger = [part * 1024 if isinstance(part, np.ndarray) else part for part in splits]
    assert accuracy(*larger) == once


def test_the_cost_is_the_best_one_on_validation_images():
    """Not on test images: there, labels are of another world."""
    train, labels, test, truth, validation, valid = blobs(60, 200, 3, 0.3)
    shares = {
        cost: accuracy(train, labels, validation, valid, validation, valid, costs=(cost,)).share
        for cost in COSTS
    }
    best = min(cost for cost in COSTS if shares[cost] == max(shares.values()))
    wrong = truth[1:] + truth[:1]
    found = accuracy(train, labels, test, wrong, validation, valid, costs=COSTS[::-1])
    assert found.cost == best


def test_chance_is_the_commonest_class_of_the_training_images():
    rows = np.arange(12, dtype=np.float32)[:, None]
    labels = ["a"] * 8 + ["b"] * 4
    found = accuracy(rows, labels, rows[:10], [*labels[:9], "never seen"], rows, labels)
    assert found.chance == 0.8
    assert found.share <= 0.9
    assert found.classes == 2


def test_features_without_any_difference_are_no_failure():
    rows, labels = np.ones((6, 9), np.float32), ["a", "b"] * 3
    assert accuracy(rows, labels, rows, labels, rows, labels).share == 0.5


def test_what_cannot_be_classified_is_refused(monkeypatch):
    rows, labels = np.eye(4, dtype=np.float32), ["a", "b", "a", "b"]
    with pytest.raises(ValueError, match="test: 4 images and 3 labels"):
        accuracy(rows, labels, rows, labels[:3], rows, labels)
    with pytest.raises(ValueError, match="validation: 0 images"):
        accuracy(rows, labels, rows, labels, rows[:0], [])
    with pytest.raises(ValueError, match="1 class"):
        accuracy(rows, ["a"] * 4, rows, labels, rows, labels)
    monkeypatch.setitem(sys.modules, "sklearn.svm", None)
    with pytest.raises(UserError, match="needs the package scikit-learn"):
        accuracy(rows, labels, rows, labels, rows, labels)
