"""The DCGAN generator for any image size."""

from itertools import pairwise

from torch import Tensor, nn

from .shapes import chain, upsampling_kernel
from .upsample import BilinearConv2d


class Generator(nn.Module):
    """Latents N×nz (or N×nz×1×1) to images N×C×H×W in [-1,1].

    A transposed convolution makes the base, doublings without bias follow, each but the last
    with batch norm and ReLU; the last ends in tanh (Radford et al. 2015).

    Args:
        upsampling: ``transposed``, the paper's kernel-4 doublings, or ``bilinear``, which
            draw no checkerboard (:class:`BilinearConv2d`).

    Attributes:
        latent_length: nz.
        height, width, channels: of the images made.
    """

    def __init__(
        self,
        height: int,
        width: int,
        channels: int,
        latent: int,
        ngf: int,
        upsampling: str = "transposed",
    ):
        super().__init__()
        self.height, self.width, self.channels = height, width, channels
        self.latent_length, self.ngf, self.upsampling = latent, ngf, upsampling
        shape = chain(height, width)
        features = [ngf * multiplier for multiplier in shape.multipliers]
        layers: list[nn.Module] = [
            nn.ConvTranspose2d(latent, features[0], shape.base, 1, 0, bias=False),
            nn.BatchNorm2d(features[0]),
            nn.ReLU(inplace=True),
        ]
        for (before, after), target in zip(pairwise(features), shape.sizes[1:-1], strict=True):
            layers += [
                self._doubling(before, after, target),
                nn.BatchNorm2d(after),
                nn.ReLU(inplace=True),
            ]
        layers += [self._doubling(features[-1], channels, shape.sizes[-1]), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def _doubling(self, before: int, after: int, target: tuple[int, int]) -> nn.Module:
        if self.upsampling == "bilinear":
            return BilinearConv2d(before, after, target)
        return nn.ConvTranspose2d(before, after, upsampling_kernel(target), 2, 1, bias=False)

    def forward(self, latents: Tensor) -> Tensor:
        return self.layers(latents.reshape(latents.shape[0], self.latent_length, 1, 1))
