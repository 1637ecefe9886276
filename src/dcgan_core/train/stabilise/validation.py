"""KID of a generator against validation images, in the middle of training."""

from pathlib import Path

import numpy as np
import torch

from ...evaluate.distances import kernel_distance
from ...evaluate.fakes import generate_seen
from ...evaluate.features import extract
from ...evaluate.reals import Reals, code_batches
from ...nets import Generator
from ...sample.latents import draw_latents

SAMPLES = 320


class Validation:
    """Real features once, then one score a call; the same latents each time.

    On the default extractor's features, whatever ``fidelity.extractor`` is: a setting of a later
    stage must not change the training.

    Args:
        pack: the validation split.
        seed: of the images and latents chosen.
    """

    def __init__(self, pack: Path, seed: int, device: torch.device):
        self.pack, self.seed, self.device = pack, seed, device
        self._real: np.ndarray | None = None
        self._background: str | None = None

    def kid(self, generator: Generator) -> float:
        """Kernel distance of at most 320 samples to as many validation images."""
        if self._real is None:
            with Reals(self.pack) as reals:
                self._background = reals.background
                batches = code_batches(reals, SAMPLES, self.seed)
                self._real = extract(batches, device=self.device)
        latents = draw_latents(SAMPLES, generator.latent_length, self.seed)
        made = extract(generate_seen(generator, latents, self._background), device=self.device)
        return kernel_distance(self._real, made)
