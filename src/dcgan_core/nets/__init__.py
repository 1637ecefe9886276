"""The networks: one shape formula for any height and width."""

import torch

from ..params import Model, Params, parse_size
from .classes import NONE, Classes
from .discriminator import Discriminator
from .generator import Generator
from .init import initialise
from .layers import NORMS
from .reparametrize import equalize, normalize_spectrum

__all__ = [
    "Classes",
    "Discriminator",
    "Generator",
    "build_discriminator",
    "build_generator",
    "build_networks",
]


def build_networks(
    params: Params,
    size: str | tuple[int, int],
    rng: torch.Generator | None = None,
    classes: Classes = NONE,
) -> tuple[Generator, Discriminator]:
    """A freshly initialised pair on the CPU, in train mode.

    Args:
        params: ``model`` says what they are made of, ``resize`` the channels.
        size: ``"64"``, ``"157x128"`` or (height, width).
        rng: a CPU generator for the initial weights; by default one seeded with ``train.seed``.
        classes: those of a conditional pair; without any it is unconditional.
    """
    height, width = parse_size(size) if isinstance(size, str) else size
    rng = rng or torch.Generator().manual_seed(params.train.seed)
    shape = (height, width, params.resize.channels, params.model)
    # The generator first: both draw from one generator of random numbers.
    generator = build_generator(*shape, rng, classes)
    return generator, build_discriminator(*shape, rng, classes)


def build_generator(
    height: int,
    width: int,
    channels: int,
    model: Model,
    rng: torch.Generator,
    classes: Classes = NONE,
) -> Generator:
    """The generator alone, freshly initialised on the CPU, in train mode."""
    generator = Generator(height, width, channels, model, classes)
    initialise(generator, rng, _init(model))
    if NORMS[model.norm_g].spectral:
        normalize_spectrum(generator, rng)
    if model.equalized_lr:
        equalize(generator)
    return generator


def build_discriminator(
    height: int,
    width: int,
    channels: int,
    model: Model,
    rng: torch.Generator,
    classes: Classes = NONE,
) -> Discriminator:
    """The discriminator alone, freshly initialised on the CPU, in train mode."""
    discriminator = Discriminator(height, width, channels, model, classes)
    initialise(discriminator, rng, _init(model))
    # Spectral norm spares the head: it may scale the logits as it likes.
    if NORMS[model.norm_d].spectral:
        normalize_spectrum(discriminator.body, rng)
    if model.equalized_lr:
        equalize(discriminator)
    return discriminator


def _init(model: Model) -> str:
    return "unit" if model.equalized_lr else model.init
