"""An exponential moving average of the generator."""

import copy
from typing import Generic

import torch
from torch import nn

from ..device.base import Network
from ..nets.reparametrize import settle_spectrum


class Ema(Generic[Network]):
    """A shadow of ``network`` whose weights and buffers follow it slowly.

    The decay warms up as min(decay, (1 + t) / (10 + t)), so that early averages forget the
    initial weights. Batch norm's running statistics are averaged alike; counters are copied.
    Spectral norm divides the averaged weights by their own largest singular value.

    Args:
        network: the live generator.
        decay: in [0, 1); 0 makes the shadow an exact copy.
    """

    def __init__(self, network: Network, decay: float):
        self.decay, self.updates = decay, 0
        self.shadow = copy.deepcopy(network).eval().requires_grad_(False)

    @torch.no_grad()
    def update(self, network: Network) -> None:
        """Move the shadow towards ``network`` by one step."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates)) if self.decay else 0.0
        averaged, live = [], []
        for mine, theirs in zip(self._tensors(self.shadow), self._tensors(network), strict=True):
            if mine.is_floating_point():
                averaged.append(mine)
                live.append(theirs)
            else:
                mine.copy_(theirs)
        torch._foreach_lerp_(averaged, live, 1.0 - decay)
        if decay:
            # A mean of unit vectors is shorter than 1, and belongs to no weights: divided by what
            # it makes of their largest singular value, averaged weights came out too large.
            settle_spectrum(self.shadow)

    @staticmethod
    def _tensors(network: nn.Module) -> list[torch.Tensor]:
        return [*(p.detach() for p in network.parameters()), *network.buffers()]

    def state_dict(self) -> dict:
        """All that resuming needs."""
        return {"updates": self.updates, "shadow": self.shadow.state_dict()}

    def load_state_dict(self, state: dict) -> None:
        """Take up a saved state."""
        self.updates = state["updates"]
        self.shadow.load_state_dict(state["shadow"])
