"""Old fakes shown to the discriminator again (Shrivastava et al. 2017, arXiv:1612.07828)."""

import torch
from torch import Tensor

BATCHES = 4


class Replay:
    """A pool of fakes from earlier steps.

    Draws come from PyTorch's global CPU generator.

    Args:
        share: of each batch that is taken from the pool, in [0,1].
    """

    def __init__(self, share: float):
        self.share = share
        self.pool: Tensor | None = None

    def mix(self, fakes: Tensor) -> Tensor:
        """``fakes`` with some exchanged for older ones, and the new ones remembered."""
        if not self.share:
            return fakes
        pool, count = self.pool, len(fakes)
        mixed = fakes
        if pool is not None:
            old = pool[torch.randint(len(pool), (count,)).to(pool.device)]
            chosen = (torch.rand(count) < self.share).to(fakes.device).view(-1, 1, 1, 1)
            mixed = torch.where(chosen, old.to(fakes), fakes)
        if pool is None or len(pool) < BATCHES * count:
            self.pool = fakes.clone() if pool is None else torch.cat([pool, fakes.to(pool)])
        else:
            pool[torch.randperm(len(pool))[:count].to(pool.device)] = fakes.to(pool)
        return mixed

    def state_dict(self) -> dict:
        """All that resuming needs."""
        return {"pool": self.pool}

    def load_state_dict(self, state: dict) -> None:
        """Take up a saved state."""
        self.pool = state["pool"]
