"""How far pictures are from one, as numbers that can be followed downhill."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..data.alpha import CHANNELS
from ..device.base import placed
from ..evaluate.efficientnet import (
    EfficientNetLite0,
    fold_batch_norms,
    load_weights,
    normalize,
)
from ..evaluate.features import weights_path

SMALLEST_SIDE = 4
"""Pictures are halved until a side would be shorter."""
TINY = 1e-12
RESOLUTION = 96
"""Of the features: a third of the work of the scores' 224 and enough to steer by."""


class Distance:
    """The sum of two distances from one picture, each in units of its mean over others.

    Of pixels, the mean square difference of values, averaged over the picture and its halves, so
    that something shifted a little is near. Of features, the squared distance of EfficientNet-Lite0
    features of length 1: what is in the picture, not where.

    Args:
        target: C×H×W in [-1,1], as the generator makes pictures.
        features: whether features count.
    """

    def __init__(self, target: Tensor, features: bool):
        self.target = _pyramid(target[None])
        self._net: EfficientNetLite0 | None = None
        self._features = torch.empty(0)
        if features:
            net = fold_batch_norms(load_weights(weights_path()))
            self._net = placed(net, target.device)
            self._features = self._of(target[None])
        self._scales = [1.0, 1.0] if features else [1.0]

    def pixels(self, images: Tensor) -> Tensor:
        """N distances of pixels alone, for images N×C×H×W."""
        pairs = zip(_pyramid(images), self.target, strict=True)
        return torch.stack([(a - b).pow(2).mean(dim=(1, 2, 3)) for a, b in pairs]).mean(0)

    def features(self, images: Tensor) -> Tensor:
        """N distances of features."""
        return (self._of(images) - self._features).pow(2).sum(1)

    def scale_to(self, images: Tensor) -> None:
        """Set the units: the mean distances of these, N×C×H×W."""
        self._scales = [max(float(term.mean()), TINY) for term in self._terms(images)]

    def __call__(self, images: Tensor) -> Tensor:
        """N sums."""
        terms = zip(self._terms(images), self._scales, strict=True)
        return torch.stack([term / scale for term, scale in terms]).sum(0)

    def _terms(self, images: Tensor) -> list[Tensor]:
        found = [self.pixels(images)]
        return found if self._net is None else [*found, self.features(images)]

    def _of(self, images: Tensor) -> Tensor:
        assert self._net is not None
        pixels = normalize(255 * _on_white(images))
        sides = (RESOLUTION, RESOLUTION)
        pixels = F.interpolate(pixels, sides, mode="bilinear", antialias=True)
        return F.normalize(self._net.features(pixels), dim=1)


def _pyramid(images: Tensor) -> list[Tensor]:
    """The images as they are seen, and their halves down to SMALLEST_SIDE."""
    levels = [_seen(images)]
    while min(levels[-1].shape[-2:]) >= 2 * SMALLEST_SIDE:
        levels.append(F.avg_pool2d(levels[-1], 2))
    return levels


def _seen(images: Tensor) -> Tensor:
    """Premultiplied colours that are no larger than their alpha, as straight ones make them."""
    if images.shape[1] != CHANNELS:
        return images
    return torch.cat([images[:, :3].minimum(images[:, 3:]), images[:, 3:]], dim=1)


def _on_white(images: Tensor) -> Tensor:
    """Values of [-1,1] with 1, 3 or, premultiplied, 4 channels as N×3×H×W in [0,1]."""
    values = (_seen(images) + 1) / 2
    if values.shape[1] == CHANNELS:
        return values[:, :3] + 1 - values[:, 3:]
    return values.expand(-1, 3, -1, -1)
