"""Initial weights, drawn from a generator of their own so that nothing else moves them."""

import torch
from torch import nn

from .upsample import BilinearConv2d

CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d, BilinearConv2d)


@torch.no_grad()
def initialise(network: nn.Module, rng: torch.Generator) -> None:
    """Convolutions N(0, 0.02); batch norm weight N(1, 0.02), bias 0 (Radford et al. 2015).

    Args:
        network: changed in place; its parameters must be on the CPU.
        rng: a CPU generator.
    """
    for module in network.modules():
        if isinstance(module, CONVOLUTIONS):
            module.weight.normal_(0.0, 0.02, generator=rng)
        elif isinstance(module, nn.BatchNorm2d):
            module.weight.normal_(1.0, 0.02, generator=rng)
            module.bias.zero_()
