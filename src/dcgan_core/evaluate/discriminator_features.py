"""How well a discriminator's features tell classes apart, as the DCGAN paper measures it.

Radford et al., "Unsupervised representation learning with deep convolutional generative adversarial
networks" (2016, arXiv:1511.06434), section 5.1: what every convolution of the discriminator makes
of an image, max-pooled to a grid of 4×4, flattened and put end to end, and on it a regularised
linear L2-SVM.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import adaptive_max_pool2d

from ..data.alpha import premultiplied
from ..data.codes import tensor_to_unit
from ..nets import Discriminator
from .estimates import wilson
from .linear_classifier import COSTS, Features, fit

GRID = 4
NEEDED_BY = "Classification by the discriminator's features"


@dataclass(frozen=True)
class Accuracy:
    """How many test images get their own class.

    Attributes:
        share: of the test images, 0 to 1.
        low: lower end of the 90 % interval of ``share`` (Wilson 1927).
        high: its upper end.
        chance: the share that has the class which most training images have: what naming that
            one always would come to.
        cost: the SVM's C, which is best on the validation images.
        classes: how many the training images have.
        n_train: training images.
        n_validation: validation images.
        n_test: test images.
    """

    share: float
    low: float
    high: float
    chance: float
    cost: float
    classes: int
    n_train: int
    n_validation: int
    n_test: int


@torch.no_grad()
def features(
    discriminator: Discriminator, images: npt.NDArray[np.uint8], batch_size: int = 64
) -> Features:
    """Features of each image, which do not depend on the other images.

    What is pooled is each convolution's output after norm and activation; the last convolution,
    which gives the logit, is none of the features. Where a side is no multiple of 4, the parts of
    the grid overlap by a pixel.

    Args:
        discriminator: in eval mode, on any device.
        images: codes N×H×W×C of the discriminator's shape, N at least 1.
        batch_size: images at a time.

    Returns:
        N×F; F is 16 times the channels of all layers, input side first.

    Raises:
        ValueError: the discriminator is in train mode, where batch norm mixes the images, or the
            images are of another shape or type.
    """
    if discriminator.training:
        raise ValueError("features needs a discriminator in eval mode")
    shape = (discriminator.height, discriminator.width, discriminator.channels)
    if images.dtype != np.uint8 or images.shape[1:] != shape or not len(images):
        raise ValueError(f"images are {images.dtype} {images.shape}, wanted uint8 (N, *{shape})")
    device = next(discriminator.parameters()).device
    parts = []
    for start in range(0, len(images), batch_size):
        codes = torch.from_numpy(images[start : start + batch_size]).to(device)
        values = premultiplied(tensor_to_unit(codes.permute(0, 3, 1, 2).contiguous()))
        layers = discriminator.activations(values)
        pooled = [adaptive_max_pool2d(maps, GRID).flatten(1) for maps in layers]
        parts.append(torch.cat(pooled, dim=1).cpu().numpy())
    return np.concatenate(parts)


def accuracy(
    train_features: Features,
    train_labels: Sequence[str],
    test_features: Features,
    test_labels: Sequence[str],
    validation_features: Features,
    validation_labels: Sequence[str],
    costs: Sequence[float] = COSTS,
) -> Accuracy:
    """Train a linear SVM on the training images, and count what it gets right of the test images.

    It is trained as :func:`~.linear_classifier.fit` tells. The same input gives the same result.

    Args:
        train_features: N×F.
        train_labels: N names, two different ones at least.
        test_features: M×F.
        test_labels: M names. One that no training image has counts as wrong.
        validation_features: as those of the test images.
        validation_labels: as those of the test images.
        costs: the C to choose from.

    Raises:
        UserError: scikit-learn is not installed.
        ValueError: a split is empty or has not one label an image, or there are no two classes.
    """
    _check_counts("train", train_features, train_labels)
    _check_counts("validation", validation_features, validation_labels)
    _check_counts("test", test_features, test_labels)
    classes = len({*train_labels})
    if classes < 2:
        raise ValueError(f"train: {classes} class, but two at least can be told apart")
    classifier = fit(
        train_features, train_labels, validation_features, validation_labels, NEEDED_BY, costs
    )
    right = int((classifier.predict(test_features) == np.array(test_labels)).sum())
    share = right / len(test_labels)
    return Accuracy(
        share,
        *wilson(share, len(test_labels)),
        chance=_chance(train_labels, test_labels),
        cost=classifier.cost,
        classes=classes,
        n_train=len(train_labels),
        n_validation=len(validation_labels),
        n_test=len(test_labels),
    )


def _check_counts(split: str, rows: Features, labels: Sequence[str]) -> None:
    if not len(rows) or len(rows) != len(labels):
        raise ValueError(f"{split}: {len(rows)} images and {len(labels)} labels")


def _chance(train_labels: Sequence[str], test_labels: Sequence[str]) -> float:
    counts = Counter(train_labels)
    commonest = min(counts, key=lambda name: (-counts[name], name))
    return sum(label == commonest for label in test_labels) / len(test_labels)
