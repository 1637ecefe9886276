"""An exponential moving average of the generator."""

import copy
from typing import Generic

import torch
from torch import Tensor, nn

from ..device.base import Network, Number, changed
from ..nets.reparametrize import settle_spectrum


class Ema(Generic[Network]):
    """A shadow of ``network`` whose weights and buffers follow it slowly.

    The decay warms up as min(decay, (1 + t) / (10 + t)), so that early averages forget the
    initial weights. Batch norm's running statistics are averaged alike; counters are copied.
    Spectral norm divides the averaged weights by their own largest singular value.

    Args:
        network: the live generator.
        decay: in [0, 1); 0 makes the shadow an exact copy.
        weight: where the share of the live weights is kept, as the device has such numbers.
    """

    def __init__(self, network: Network, decay: float, weight: Number = 1.0):
        self.decay, self.updates, self._weight = decay, 0, weight
        self.shadow = copy.deepcopy(network).eval().requires_grad_(False)

    def update(self, network: Network) -> None:
        """Move the shadow towards ``network`` by one step."""
        self.advance()
        self.follow(network)

    def advance(self) -> None:
        """Count one step more: the host's part, in numbers."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates)) if self.decay else 0.0
        self._weight = changed(self._weight, 1.0 - decay)

    @torch.no_grad()
    def follow(self, network: Network) -> None:
        """Move the shadow as the step counted last says: the device's part."""
        averaged, live = [], []
        for mine, theirs in zip(self._tensors(self.shadow), self._tensors(network), strict=True):
            if mine.is_floating_point():
                averaged.append(mine)
                live.append(theirs)
            else:
                mine.copy_(theirs)
        if not isinstance(self._weight, Tensor):
            torch._foreach_lerp_(averaged, live, self._weight)
        elif self.decay:
            # lerp_ takes one tensor for all weights only one by one.
            moves = torch._foreach_sub(live, averaged)
            torch._foreach_mul_(moves, self._weight)
            torch._foreach_add_(averaged, moves)
        else:
            torch._foreach_copy_(averaged, live)
        if self.decay:
            # A mean of unit vectors is shorter than 1, and belongs to no weights: divided by what
            # it makes of their largest singular value, averaged weights came out too large.
            settle_spectrum(self.shadow)

    @staticmethod
    def _tensors(network: nn.Module) -> list[Tensor]:
        return [*(p.detach() for p in network.parameters()), *network.buffers()]

    def state_dict(self) -> dict:
        """All that resuming needs."""
        return {"updates": self.updates, "shadow": self.shadow.state_dict()}

    def load_state_dict(self, state: dict) -> None:
        """Take up a saved state."""
        self.updates = state["updates"]
        self.shadow.load_state_dict(state["shadow"])
