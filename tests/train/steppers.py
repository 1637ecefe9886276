"""Steppers and batches for tests that drive single steps."""

import torch

from dcgan_core.device import resolve
from dcgan_core.nets import Classes, build_networks
from dcgan_core.params import Params
from dcgan_core.train.step import Stepper


def make_stepper(
    params: Params, size: str = "16", seed: int = 0, classes: Classes | None = None
) -> Stepper:
    """A fresh stepper on the CPU."""
    rng = torch.Generator().manual_seed(seed)
    networks = build_networks(params, size, classes=classes or Classes())
    return Stepper(*networks, params, resolve("cpu"), rng)


def reals(step: int = 0, count: int = 8, side: int = 16) -> torch.Tensor:
    """A batch of smooth pictures in [-1,1], another for each step."""
    rng = torch.Generator().manual_seed(step + 100)
    coarse = torch.rand(count, 3, 4, 4, generator=rng) * 2 - 1
    return torch.nn.functional.interpolate(coarse, size=side, mode="bilinear")
