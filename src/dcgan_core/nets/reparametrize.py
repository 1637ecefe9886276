"""Weights as functions of other weights: spectral norm and equalised learning rate."""

import math

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.nn.utils.parametrizations import spectral_norm

from .init import Weighted
from .upsample import ResizeConv2d

TRANSPOSED = (nn.ConvTranspose2d, ResizeConv2d)
"""Layers whose weight has its outputs in dimension 1."""

ROUNDS = 4
"""Power iterations that take vectors from one step's weights to the next one's."""


class Scaled(nn.Module):
    """A weight times a constant."""

    def __init__(self, factor: float):
        super().__init__()
        self.factor = factor

    def forward(self, weight: Tensor) -> Tensor:
        return weight * self.factor


def equalize(network: nn.Module) -> None:
    """Scale every weight by √2/√fan-in when it is used (Karras et al. 2018, arXiv:1710.10196).

    Fan-in counts what adds up in one output: a stride-2 transposed convolution meets a quarter
    of its kernel there, one made of doubling and a convolution all of its 3×3 weights.
    """
    for module in _weighted(network):
        weight = module.weight
        count: float = weight[:, 0].numel() if isinstance(module, TRANSPOSED) else weight[0].numel()
        if isinstance(module, nn.ConvTranspose2d):
            count /= module.stride[0] * module.stride[1]
            if module.stride == (1, 1):
                count = weight.shape[0]
        parametrize.register_parametrization(module, "weight", Scaled(math.sqrt(2 / count)))


def normalize_spectrum(network: nn.Module, rng: torch.Generator) -> None:
    """Divide every weight by its largest singular value (Miyato et al. 2018).

    The power iteration starts from vectors drawn from ``rng``.
    """
    for module in _weighted(network):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(torch.randint(2**62, (), generator=rng)))
            spectral_norm(module, dim=1 if isinstance(module, TRANSPOSED) else 0)


def settle_spectrum(network: nn.Module) -> None:
    """Fit spectral norm's singular vectors to weights that no forward pass has followed.

    Args:
        network: in eval mode; with or without spectral norm.
    """
    for weight in network.modules():
        if not isinstance(weight, parametrize.ParametrizationList) or isinstance(weight[0], Scaled):
            continue
        weight.train()
        for _ in range(ROUNDS):
            weight()
        weight.eval()


def _weighted(network: nn.Module) -> list[Weighted]:
    return [module for module in network.modules() if isinstance(module, Weighted)]
