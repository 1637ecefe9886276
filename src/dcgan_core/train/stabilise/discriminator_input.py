"""What the discriminator is shown instead of bare images: augmented, then noisy."""

import torch
from torch import Tensor

from ...device.distributed import ALONE, World
from ...params import Stabilise
from ..execution.draws import AT_ONCE, Draws
from .augment import Augment

NOISE_KINDS = {
    "additive": lambda noise, images: noise,
    "proportional": lambda noise, images: noise * images.abs(),
}
"""Every kind that ``stabilise.noise_kind`` may name: what is added, from noise and images of one
shape."""


class View:
    """The way of real and fake images alike to the discriminator in training.

    Instance noise (Sønderby et al. 2017; Salimans et al. 2016) never reaches the generator's
    output itself or any evaluation. Noise comes from the device's global generator.

    Args:
        world: the ranks that share each batch.
        draws: where augmentation gets what the host draws.

    Attributes:
        augment: has a state when adaptive.
        noise: standard deviation now; set for each step by :meth:`advance`.
    """

    def __init__(self, settings: Stabilise, world: World = ALONE, draws: Draws = AT_ONCE):
        self.settings, self.world = settings, world
        self.augment = Augment(settings.augment, settings.ada_target, world, draws)
        self.noise = settings.noise

    def advance(self, done: float) -> None:
        """Fade the noise for ``done``, the share of the training behind."""
        until = self.settings.noise_until
        left = max(0.0, 1 - done / until) if until else 1.0
        self.noise = self.settings.noise * left

    def __call__(self, images: Tensor) -> Tensor:
        """N×C×H×W as the discriminator gets to see them."""
        images = self.augment(images)
        if not self.noise:
            return images
        noise = self.noise * self.world.drawn_like(images, torch.randn_like)
        return images + NOISE_KINDS[self.settings.noise_kind](noise, images)
