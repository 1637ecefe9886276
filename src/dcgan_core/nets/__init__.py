"""The networks: one shape formula for any height and width."""

import torch

from ..params import Params, parse_size
from .discriminator import Discriminator
from .generator import Generator
from .init import initialise

__all__ = ["Discriminator", "Generator", "build_networks"]


def build_networks(
    params: Params, size: str | tuple[int, int], rng: torch.Generator | None = None
) -> tuple[Generator, Discriminator]:
    """A freshly initialised pair on the CPU, in train mode.

    Args:
        params: ``model`` gives latent length, widths and upsampling, ``resize`` the channels.
        size: ``"64"``, ``"157x128"`` or (height, width).
        rng: a CPU generator for the initial weights; by default one seeded with ``train.seed``.
    """
    height, width = parse_size(size) if isinstance(size, str) else size
    rng = rng or torch.Generator().manual_seed(params.train.seed)
    model, channels = params.model, params.resize.channels
    generator = Generator(height, width, channels, model.latent, model.ngf, model.upsampling)
    discriminator = Discriminator(height, width, channels, model.ndf)
    initialise(generator, rng)
    initialise(discriminator, rng)
    return generator, discriminator
