"""The DCGAN of pytorch/examples with its published settings, as a plain loop that others write.

Radford et al. (2016), as that program has it: transposed convolutions and batch norm, weights of
N(0, 0.02), Adam at 0.0002 with β₁ = 0.5, batches of 64, probabilities and binary cross-entropy, one
step of D on real images and fakes apart and one of G. Other sizes than 64 have one layer fewer or
more.
"""

import math

import torch
from torch import Tensor, nn

LATENT, FEATURES = 100, 64


def _initial(layer: nn.Module) -> None:
    if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(layer.weight, 0.0, 0.02)
    elif isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.weight, 1.0, 0.02)
        nn.init.zeros_(layer.bias)


class PlainGenerator(nn.Module):
    """N×100 to N×3×side×side in [-1,1]."""

    classes = None
    latent_length = LATENT

    def __init__(self, side: int):
        super().__init__()
        doublings = int(math.log2(side)) - 2
        widths = [FEATURES * 2**place for place in reversed(range(doublings))]
        layers: list[nn.Module] = []
        before, stride, padding = LATENT, 1, 0
        for width in widths:
            layers += [
                nn.ConvTranspose2d(before, width, 4, stride, padding, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(True),
            ]
            before, stride, padding = width, 2, 1
        layers += [nn.ConvTranspose2d(before, 3, 4, 2, 1, bias=False), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, latents: Tensor) -> Tensor:
        return self.layers(latents.view(len(latents), LATENT, 1, 1))


def _discriminator(side: int) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Conv2d(3, FEATURES, 4, 2, 1, bias=False)]
    layers += [nn.LeakyReLU(0.2, inplace=True)]
    width = FEATURES
    for _ in range(int(math.log2(side)) - 3):
        layers += [
            nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False),
            nn.BatchNorm2d(2 * width),
            nn.LeakyReLU(0.2, inplace=True),
        ]
        width *= 2
    return nn.Sequential(*layers, nn.Conv2d(width, 1, 4, 1, 0, bias=False), nn.Sigmoid())


class PlainDcgan:
    """Both networks and their optimisers."""

    BATCH = 64

    def __init__(self, side: int, seed: int, device: torch.device):
        torch.manual_seed(seed)
        self.device, self._loss = device, nn.BCELoss()
        self._trained = PlainGenerator(side).to(device).apply(_initial)
        self._discriminator = _discriminator(side).to(device).apply(_initial)
        settings = {"lr": 0.0002, "betas": (0.5, 0.999)}
        self._of_g = torch.optim.Adam(self._trained.parameters(), **settings)
        self._of_d = torch.optim.Adam(self._discriminator.parameters(), **settings)

    @property
    def generator(self) -> PlainGenerator:
        """In eval mode."""
        return self._trained.eval()

    def step(self, real: Tensor) -> None:
        """One update of each network."""
        ones = torch.ones(len(real), device=self.device)
        self._discriminator.zero_grad()
        self._loss(self._discriminator(real).flatten(), ones).backward()
        fake = self._trained(torch.randn(len(real), LATENT, device=self.device))
        self._loss(self._discriminator(fake.detach()).flatten(), torch.zeros_like(ones)).backward()
        self._of_d.step()
        self._trained.zero_grad()
        self._loss(self._discriminator(fake).flatten(), ones).backward()
        self._of_g.step()
