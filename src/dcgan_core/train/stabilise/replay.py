"""Old fakes shown to the discriminator again (Shrivastava et al. 2017, arXiv:1612.07828)."""

import torch
from torch import Tensor

from ..execution.draws import AT_ONCE, Draws

BATCHES = 4


class Replay:
    """A pool of fakes from earlier steps, with their classes where they have some.

    Draws come from PyTorch's global CPU generator.

    Args:
        share: of each batch that is taken from the pool, in [0,1].
        draws: where it gets what the host draws.
    """

    def __init__(self, share: float, draws: Draws = AT_ONCE):
        self.share, self._draws = share, draws
        self.pool: Tensor | None = None
        self.classes: Tensor | None = None

    def mix(self, fakes: Tensor, classes: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """``fakes`` with some exchanged for older ones, and the new ones remembered.

        Args:
            fakes: N×C×H×W.
            classes: of each fake, N; None where it has none.

        Returns:
            The images, and the class of each, which an older one brings with it.
        """
        if not self.share:
            return fakes, classes
        pool, count = self.pool, len(fakes)
        mixed, theirs = fakes, classes
        if pool is not None:
            length, draws = len(pool), self._draws
            rows = draws(lambda: torch.randint(length, (count,)), pool.device)
            chosen = draws(lambda: torch.rand(count) < self.share, fakes.device)
            mixed = torch.where(chosen.view(-1, 1, 1, 1), pool[rows].to(fakes), fakes)
            if classes is not None and self.classes is not None:
                theirs = torch.where(chosen, self.classes[rows].to(classes), classes)
        if pool is None or len(pool) < BATCHES * count:
            self.pool = _with(pool, fakes)
            self.classes = None if classes is None else _with(self.classes, classes)
        else:
            length = len(pool)
            places = self._draws(lambda: torch.randperm(length)[:count], pool.device)
            pool[places] = fakes.to(pool)
            if classes is not None and self.classes is not None:
                self.classes[places] = classes.to(self.classes)
        return mixed, theirs

    def state_dict(self) -> dict:
        """All that resuming needs."""
        kept = {"pool": self.pool}
        return kept if self.classes is None else {**kept, "classes": self.classes}

    def load_state_dict(self, state: dict) -> None:
        """Take up a saved state."""
        self.pool, self.classes = state["pool"], state.get("classes")


def _with(pool: Tensor | None, new: Tensor) -> Tensor:
    return new.clone() if pool is None else torch.cat([pool, new.to(pool)])
