"""Differentiable augmentation: what real and fake images alike pass on their way to D.

DiffAugment (Zhao et al. 2020, arXiv:2006.10738): colour, translation, cutout. ADA (Karras et
al. 2020, arXiv:2006.06676) applies the same to each image with a probability that follows
how far the discriminator is overfitting. Draws come from PyTorch's global CPU generator.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ...data.alpha import CHANNELS
from ...device.distributed import ALONE, World
from ..execution.draws import AT_ONCE, Draws

SHIFT = 1 / 8
CUTOUT = 1 / 2
ADJUST_EVERY = 4
ADA_IMAGES = 100_000
"""Images over which ada's probability may go from 0 to 1."""


@dataclass(frozen=True)
class Augmentation:
    """How often images are augmented.

    Attributes:
        probability: of each operation on each image when training begins.
        adaptive: whether it then follows how far the discriminator is overfitting.
    """

    probability: float
    adaptive: bool


AUGMENTATIONS = {
    "none": Augmentation(probability=0.0, adaptive=False),
    "diffaugment": Augmentation(probability=1.0, adaptive=False),
    "ada": Augmentation(probability=0.0, adaptive=True),
}
"""Every augmentation that ``stabilise.augment`` may name."""


@dataclass(frozen=True)
class Drawn:
    """Numbers for each of this rank's images, on their device, from PyTorch's CPU generator."""

    world: World = ALONE
    draws: Draws = AT_ONCE

    def coins(self, images: Tensor, share: float) -> Tensor:
        """N of which each is true with the probability ``share``."""
        count = len(images)
        return self.draws(lambda: self.world.rand(count) < share, images.device)

    def uniform(self, images: Tensor, low: float, high: float) -> Tensor:
        """N×1×1×1 between two numbers."""
        count = len(images)
        return self.draws(
            lambda: self.world.rand(count, 1, 1, 1) * (high - low) + low, images.device
        )

    def whole(self, images: Tensor, low: int, high: int) -> Tensor:
        """N×1 whole numbers, below ``high``."""
        count = len(images)
        return self.draws(lambda: self.world.randint(low, high, count), images.device)


HERE = Drawn()


class Augment:
    """Applies the augmentation that a setting names.

    Args:
        kind: a key of ``AUGMENTATIONS``.
        target: the mean sign of real logits that ada holds on to.
        world: the ranks that share each batch.
        draws: where it gets what the host draws.

    Attributes:
        adaptive: whether ``probability`` changes.
        probability: of each operation on each image.
    """

    def __init__(self, kind: str, target: float, world: World = ALONE, draws: Draws = AT_ONCE):
        augmentation = AUGMENTATIONS[kind]
        self.adaptive, self.target, self.world = augmentation.adaptive, target, world
        self._drawn = Drawn(world, draws)
        self.probability = augmentation.probability
        self._signs: list[Tensor] = []

    def __call__(self, images: Tensor) -> Tensor:
        """Augmented images N×C×H×W; gradients flow back to ``images``."""
        if not self.probability:
            return images
        drawn, share = self._drawn, self.probability
        images = _choose(drawn.coins(images, share), _recolour(images, drawn), images)
        images = _choose(drawn.coins(images, share), _translate(images, drawn), images)
        return _choose(drawn.coins(images, share), _cut(images, drawn), images)

    def observe(self, real_logits: Tensor) -> None:
        """Let ada's probability follow the discriminator's opinion of real images."""
        if not self.adaptive:
            return
        self._signs.append(real_logits.detach().sign().mean())
        if len(self._signs) == ADJUST_EVERY:
            signs = torch.stack([sign.to(real_logits) for sign in self._signs])
            opinion = self.world.average(signs.mean()).item()
            change = ADJUST_EVERY * len(real_logits) * self.world.count / ADA_IMAGES
            moved = self.probability + (change if opinion > self.target else -change)
            self.probability = min(1.0, max(0.0, moved))
            self._signs = []

    def state_dict(self) -> dict:
        """All that resuming needs."""
        return {"probability": self.probability, "signs": self._signs}

    def load_state_dict(self, state: dict) -> None:
        """Take up a saved state."""
        self.probability, self._signs = state["probability"], state["signs"]


def _choose(chosen: Tensor, yes: Tensor, no: Tensor) -> Tensor:
    return torch.where(chosen.view(-1, 1, 1, 1), yes, no)


def _recolour(images: Tensor, drawn: Drawn = HERE) -> Tensor:
    """Brightness ±0.5, saturation 0 to 2 times, contrast 0.5 to 1.5 times; alpha stays."""
    if images.shape[1] == CHANNELS:
        return torch.cat([_recolour(images[:, :3], drawn), images[:, 3:]], dim=1)
    images = images + drawn.uniform(images, -0.5, 0.5)
    grey = images.mean(dim=1, keepdim=True)
    images = (images - grey) * drawn.uniform(images, 0, 2) + grey
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return (images - mean) * drawn.uniform(images, 0.5, 1.5) + mean


def _translate(images: Tensor, drawn: Drawn = HERE) -> Tensor:
    """Shift by up to an eighth of each side; what comes in is 0."""
    count, _, height, width = images.shape
    rows, columns = (_shifted(images, side, drawn) for side in (height, width))
    padded = F.pad(images, (1, 1, 1, 1)).permute(0, 2, 3, 1)
    each = torch.arange(count, device=images.device)[:, None, None]
    return padded[each, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def _shifted(images: Tensor, side: int, drawn: Drawn) -> Tensor:
    """Indices N×side into a side padded by one: the shifted line, or a border."""
    reach = max(1, round(side * SHIFT))
    shift = drawn.whole(images, -reach, reach + 1)
    return (torch.arange(side, device=images.device)[None] + shift + 1).clamp(0, side + 1)


def _cut(images: Tensor, drawn: Drawn = HERE) -> Tensor:
    """Set a rectangle centred anywhere to 0; what lies over the border is cut off.

    It reaches a quarter of a side both ways from its centre: 33 of 64 pixels, where Zhao et al.
    cut 32.
    """
    inside = [
        (torch.arange(side, device=images.device)[None] - drawn.whole(images, 0, side)).abs()
        <= round(side * CUTOUT) // 2
        for side in images.shape[2:]
    ]
    hole = inside[0][:, None, :, None] & inside[1][:, None, None, :]
    return images * (~hole).to(images.dtype)
