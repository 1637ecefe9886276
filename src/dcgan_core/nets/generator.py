"""The DCGAN generator for any image size."""

from itertools import pairwise

from torch import Tensor, nn

from .shapes import chain, upsampling_kernel


class Generator(nn.Module):
    """Latents N×nz (or N×nz×1×1) to images N×C×H×W in [-1,1].

    Transposed convolutions without bias, each followed by batch norm and ReLU but the
    last, which ends in tanh (Radford et al. 2015).

    Attributes:
        latent_length: nz.
        height, width, channels: of the images made.
    """

    def __init__(self, height: int, width: int, channels: int, latent: int, ngf: int):
        super().__init__()
        self.height, self.width, self.channels = height, width, channels
        self.latent_length, self.ngf = latent, ngf
        shape = chain(height, width)
        features = [ngf * multiplier for multiplier in shape.multipliers]
        layers: list[nn.Module] = [
            nn.ConvTranspose2d(latent, features[0], shape.base, 1, 0, bias=False),
            nn.BatchNorm2d(features[0]),
            nn.ReLU(inplace=True),
        ]
        for (before, after), target in zip(pairwise(features), shape.sizes[1:-1], strict=True):
            layers += [
                nn.ConvTranspose2d(before, after, upsampling_kernel(target), 2, 1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(inplace=True),
            ]
        kernel = upsampling_kernel(shape.sizes[-1])
        layers += [nn.ConvTranspose2d(features[-1], channels, kernel, 2, 1, bias=False), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, latents: Tensor) -> Tensor:
        return self.layers(latents.reshape(latents.shape[0], self.latent_length, 1, 1))
