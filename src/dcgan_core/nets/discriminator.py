"""The DCGAN discriminator for any image size."""

from torch import Tensor, nn

from ..params import Model
from .classes import NONE, Classes
from .conditional import Projection, checked
from .families import FAMILIES
from .layers import ACTIVATIONS, NORMS, MinibatchDiscrimination, MinibatchStd


class Discriminator(nn.Module):
    """Images N×C×H×W in [-1,1] to N logits, higher for images taken as real.

    Strided convolutions, each with activation; norms on all but the first and
    the last (Radford et al. 2015). The last kernel covers the whole base. With a Wasserstein
    loss this is the critic, and its logits are scores. With classes, a projection adds to each
    logit how well the image fits its class.

    Args:
        model: ndf, family, norm, activation, dropout and what compares the batch's images.
        classes: those of a conditional discriminator, which is called with the class of each image.
    """

    def __init__(
        self, height: int, width: int, channels: int, model: Model, classes: Classes = NONE
    ):
        super().__init__()
        self.height, self.width, self.channels = height, width, channels
        family, norm = FAMILIES[model.family], NORMS[model.norm_d]
        shape = family.chain(height, width)
        features = [model.ndf * multiplier for multiplier in reversed(shape.multipliers)]
        layers: list[nn.Module] = []
        before = channels
        for index, after in enumerate(features):
            bias = family.biases and (index == 0 or not norm.shifts)
            layers.append(nn.Conv2d(before, after, 4, 2, 1, bias=bias))
            layers += norm.layers(after) if index else []
            layers.append(ACTIVATIONS[model.activation_d]())
            if model.dropout and index < len(features) - 1:
                layers.append(nn.Dropout(model.dropout))
            before = after
        self.body = nn.Sequential(*layers)
        self.projection = Projection(before, len(classes)) if classes else None
        self.compare, compared = _comparing(before, shape.base, model)
        self.head = nn.Conv2d(compared, 1, shape.base, 1, 0, bias=family.biases)

    def activations(self, images: Tensor) -> list[Tensor]:
        """What each convolution but the last makes of the images, after norm and activation.

        Returns:
            N×C×H×W each, input side first.
        """
        found: list[Tensor] = []
        maps = images
        for layer in self.body:
            if isinstance(layer, nn.Conv2d) and maps is not images:
                found.append(maps)
            maps = layer(maps)
        return [*found, maps]

    def features(self, images: Tensor) -> Tensor:
        """The last hidden activations, N×F."""
        return self.body(images).flatten(1)

    def forward(self, images: Tensor, classes: Tensor | None = None) -> Tensor:
        maps = self.body(images)
        logits = self.head(self.compare(maps)).flatten()
        if self.projection is None:
            return logits
        return logits + self.projection(maps, checked(len(self.projection.weight), classes))


def _comparing(features: int, base: tuple[int, int], model: Model) -> tuple[nn.Sequential, int]:
    """What compares the batch's images in their last hidden maps, and how many maps that makes."""
    layers: list[nn.Module] = []
    if model.minibatch_discrimination:
        kernels = model.minibatch_discrimination
        layers.append(MinibatchDiscrimination(features * base[0] * base[1], kernels))
        features += kernels
    if model.minibatch_std:
        layers.append(MinibatchStd())
        features += 1
    return nn.Sequential(*layers), features
