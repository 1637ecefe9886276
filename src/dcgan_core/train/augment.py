"""Differentiable augmentation: what real and fake images alike pass on their way to D.

DiffAugment (Zhao et al. 2020, arXiv:2006.10738): colour, translation, cutout. ADA (Karras et
al. 2020, arXiv:2006.06676) applies the same to each image with a probability that follows
how far the discriminator is overfitting. Draws come from PyTorch's global CPU generator.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

SHIFT = 1 / 8
CUTOUT = 1 / 2
ADJUST_EVERY = 4
ADA_IMAGES = 100_000
"""Images over which ada's probability may go from 0 to 1."""


class Augment:
    """Applies the augmentation that a setting names.

    Args:
        kind: ``none``, ``diffaugment`` or ``ada``.
        target: the mean sign of real logits that ada holds on to.

    Attributes:
        probability: of each operation on each image.
    """

    def __init__(self, kind: str, target: float):
        self.kind, self.target = kind, target
        self.probability = 1.0 if kind == "diffaugment" else 0.0
        self._signs: list[Tensor] = []

    def __call__(self, images: Tensor) -> Tensor:
        """Augmented images N×C×H×W; gradients flow back to ``images``."""
        if not self.probability:
            return images
        count = len(images)
        images = _choose(self._coin(count, images), _recolour(images), images)
        images = _choose(self._coin(count, images), _translate(images), images)
        return _choose(self._coin(count, images), _cut(images), images)

    def _coin(self, count: int, images: Tensor) -> Tensor:
        return (torch.rand(count) < self.probability).to(images.device)

    def observe(self, real_logits: Tensor) -> None:
        """Let ada's probability follow the discriminator's opinion of real images."""
        if self.kind != "ada":
            return
        self._signs.append(real_logits.detach().sign().mean())
        if len(self._signs) == ADJUST_EVERY:
            opinion = torch.stack([sign.to(real_logits) for sign in self._signs]).mean().item()
            change = ADJUST_EVERY * len(real_logits) / ADA_IMAGES
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


def _uniform(images: Tensor, low: float, high: float) -> Tensor:
    return (torch.rand(len(images), 1, 1, 1) * (high - low) + low).to(images.device)


def _recolour(images: Tensor) -> Tensor:
    """Brightness ±0.5, saturation 0 to 2 times, contrast 0.5 to 1.5 times."""
    images = images + _uniform(images, -0.5, 0.5)
    grey = images.mean(dim=1, keepdim=True)
    images = (images - grey) * _uniform(images, 0, 2) + grey
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return (images - mean) * _uniform(images, 0.5, 1.5) + mean


def _translate(images: Tensor) -> Tensor:
    """Shift by up to an eighth of each side; what comes in is 0."""
    count, _, height, width = images.shape
    rows = _shifted(count, height, images.device)
    columns = _shifted(count, width, images.device)
    padded = F.pad(images, (1, 1, 1, 1)).permute(0, 2, 3, 1)
    each = torch.arange(count, device=images.device)[:, None, None]
    return padded[each, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def _shifted(count: int, side: int, device: torch.device) -> Tensor:
    """Indices N×side into a side padded by one: the shifted line, or a border."""
    reach = max(1, round(side * SHIFT))
    shift = torch.randint(-reach, reach + 1, (count, 1))
    return (torch.arange(side)[None] + shift + 1).clamp(0, side + 1).to(device)


def _cut(images: Tensor) -> Tensor:
    """Set a rectangle of half of each side, centred anywhere, to 0."""
    count, _, height, width = images.shape
    inside = [
        (torch.arange(side)[None] - torch.randint(side, (count, 1))).abs()
        <= round(side * CUTOUT) // 2
        for side in (height, width)
    ]
    hole = inside[0][:, None, :, None] & inside[1][:, None, None, :]
    return images * (~hole).to(images.device, images.dtype)
