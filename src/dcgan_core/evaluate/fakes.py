"""Generated images for scoring."""

import numpy as np
from torch import Tensor

from ..data.alpha import composited
from ..nets import Generator
from ..sample.sampler import generate


def generate_seen(
    generator: Generator, latents: Tensor, background: str | None, batch_size: int = 64
) -> np.ndarray:
    """Samples as scores see them, which is how they see real images (:class:`~.reals.Reals`).

    Args:
        generator: in eval mode.
        latents: N×nz.
        background: what images with alpha are put on; None where there is none.
        batch_size: images at a time.

    Returns:
        uint8 N×H×W×C, C of 1 or 3, one image for each latent, in order.
    """
    return composited(generate(generator, latents, batch_size), background)
