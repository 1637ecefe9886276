"""The DCGAN discriminator for any image size."""

from itertools import pairwise

from torch import Tensor, nn

from .shapes import chain


class Discriminator(nn.Module):
    """Images N×C×H×W in [-1,1] to N logits, higher for images taken as real.

    Strided convolutions without bias and LeakyReLU 0.2; batch norm on all but the first
    and the last (Radford et al. 2015). The last kernel covers the whole base.
    """

    def __init__(self, height: int, width: int, channels: int, ndf: int):
        super().__init__()
        self.height, self.width, self.channels = height, width, channels
        shape = chain(height, width)
        features = [ndf * multiplier for multiplier in reversed(shape.multipliers)]
        layers: list[nn.Module] = [
            nn.Conv2d(channels, features[0], 4, 2, 1, bias=False),
            nn.LeakyReLU(0.2, inplace=True),
        ]
        for before, after in pairwise(features):
            layers += [
                nn.Conv2d(before, after, 4, 2, 1, bias=False),
                nn.BatchNorm2d(after),
                nn.LeakyReLU(0.2, inplace=True),
            ]
        layers += [nn.Conv2d(features[-1], 1, shape.base, 1, 0, bias=False)]
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images).flatten()
