"""Initial weights, drawn from a generator of their own so that nothing else moves them."""

import math

import torch
from torch import nn

from .layers import NORM_LAYERS, SLOPE, NoiseInput
from .upsample import ResizeConv2d

Weighted = nn.Conv2d | nn.ConvTranspose2d | ResizeConv2d | nn.Linear
"""The layers whose weights ``model.init`` draws."""

INITIALISATIONS = {
    "normal": lambda weight, rng: weight.normal_(0.0, 0.02, generator=rng),
    "unit": lambda weight, rng: weight.normal_(0.0, 1.0, generator=rng),
    "kaiming": lambda weight, rng: nn.init.kaiming_normal_(
        weight, a=SLOPE, nonlinearity="leaky_relu", generator=rng
    ),
    "orthogonal": lambda weight, rng: nn.init.orthogonal_(weight, generator=rng),
    "default": lambda weight, rng: nn.init.kaiming_uniform_(weight, a=math.sqrt(5), generator=rng),
}
"""Every initialisation that ``model.init`` may name, and ``unit``, which belongs to equalised
learning rates: ``normal``, N(0, 0.02); ``unit``, N(0, 1); ``kaiming`` (He et al. 2015), fan-in as
PyTorch counts it; ``orthogonal`` (Saxe et al. 2014); ``default``, uniform within ±1/√fan-in, as
PyTorch's layers come."""


@torch.no_grad()
def initialise(network: nn.Module, rng: torch.Generator, kind: str = "normal") -> None:
    """Weights of ``kind``, biases 0; norms' weight N(1, 0.02), bias 0 (Radford et al. 2015).

    Noise inputs' patterns are N(0, 1).

    Must come before any reparametrisation, which it could not reach through.

    Args:
        network: changed in place; its parameters must be on the CPU.
        rng: a CPU generator.
        kind: a key of ``INITIALISATIONS``.
    """
    for module in network.modules():
        if isinstance(module, Weighted):
            INITIALISATIONS[kind](module.weight, rng)
            if module.bias is not None:
                module.bias.zero_()
        elif isinstance(module, NORM_LAYERS) and module.affine:
            module.weight.normal_(1.0, 0.02, generator=rng)
            module.bias.zero_()
        elif isinstance(module, NoiseInput):
            module.patterns.normal_(generator=rng)
