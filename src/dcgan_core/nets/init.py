"""Initial weights, drawn from a generator of their own so that nothing else moves them."""

import math

import torch
from torch import nn

from .layers import SLOPE, NoiseInput
from .upsample import ResizeConv2d

WEIGHTED = (nn.Conv2d, nn.ConvTranspose2d, ResizeConv2d, nn.Linear)
NORMS = (nn.BatchNorm2d, nn.GroupNorm, nn.InstanceNorm2d)


@torch.no_grad()
def initialise(network: nn.Module, rng: torch.Generator, kind: str = "normal") -> None:
    """Weights of ``kind``, biases 0; norms' weight N(1, 0.02), bias 0 (Radford et al. 2015).

    Noise inputs' patterns are N(0, 1).

    Must come before any reparametrisation, which it could not reach through.

    Args:
        network: changed in place; its parameters must be on the CPU.
        rng: a CPU generator.
        kind: ``normal``, N(0, 0.02); ``unit``, N(0, 1), for equalised learning rates;
            ``kaiming`` (He et al. 2015), fan-in as PyTorch counts it; ``orthogonal`` (Saxe et
            al. 2014); ``default``, uniform within ±1/√fan-in, as PyTorch's layers come.
    """
    for module in network.modules():
        if isinstance(module, WEIGHTED):
            _weights(module.weight, rng, kind)
            if module.bias is not None:
                module.bias.zero_()
        elif isinstance(module, NORMS):
            module.weight.normal_(1.0, 0.02, generator=rng)
            module.bias.zero_()
        elif isinstance(module, NoiseInput):
            module.pattern.normal_(generator=rng)


def _weights(weight: torch.Tensor, rng: torch.Generator, kind: str) -> None:
    if kind == "kaiming":
        nn.init.kaiming_normal_(weight, a=SLOPE, nonlinearity="leaky_relu", generator=rng)
    elif kind == "default":
        nn.init.kaiming_uniform_(weight, a=math.sqrt(5), generator=rng)
    elif kind == "orthogonal":
        nn.init.orthogonal_(weight, generator=rng)
    else:
        weight.normal_(0.0, 1.0 if kind == "unit" else 0.02, generator=rng)
