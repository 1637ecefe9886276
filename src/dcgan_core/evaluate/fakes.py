"""Generated images for scoring."""

from collections.abc import Iterator

import numpy as np
from torch import Tensor

from ..data.alpha import composited
from ..nets import Generator
from ..sample.sampler import generate, generate_batches


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


def seen_batches(
    generator: Generator, latents: Tensor, background: str | None, batch_size: int
) -> Iterator[np.ndarray]:
    """The same images, at most ``batch_size`` at a time; arguments as :func:`generate_seen`."""
    for images in generate_batches(generator, latents, batch_size):
        yield composited(images, background)
