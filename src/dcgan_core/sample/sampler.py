"""Images from a generator, in eval mode, so that none depends on its batch-mates."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from ..data.alpha import straight
from ..data.codes import tensor_to_codes
from ..nets import Generator


def to_codes(images: Tensor) -> np.ndarray:
    """N×C×H×W in [-1,1], anywhere, to uint8 codes N×H×W×C on the CPU.

    Four channels are premultiplied on the way in and straight on the way out.
    """
    return tensor_to_codes(straight(images)).permute(0, 2, 3, 1).cpu().contiguous().numpy()


@torch.no_grad()
def generate(
    generator: Generator,
    latents: Tensor,
    batch_size: int = 64,
    classes: Tensor | None = None,
) -> np.ndarray:
    """uint8 N×H×W×C, one image for each latent, in order.

    Args:
        generator: in eval mode.
        latents: N×nz.
        batch_size: images at a time.
        classes: N, of a conditional generator; by default those of samples 0 to N − 1, which come
            about as often as among the training images.

    Raises:
        ValueError: the generator is in train mode, where batch norm mixes the batch.
    """
    if generator.training:
        raise ValueError("generate needs a generator in eval mode")
    device = next(generator.parameters()).device
    if not generator.classes:
        parts = [to_codes(generator(part.to(device))) for part in latents.split(batch_size)]
        return np.concatenate(parts)
    if classes is None:
        classes = generator.classes.first(len(latents))
    pairs = zip(latents.split(batch_size), classes.split(batch_size), strict=True)
    parts = [to_codes(generator(part.to(device), of.to(device))) for part, of in pairs]
    return np.concatenate(parts)


def generate_batches(
    generator: Generator, latents: Tensor, batch_size: int, classes: Tensor | None = None
) -> Iterator[np.ndarray]:
    """The images of :func:`generate`, at most ``batch_size`` at a time; arguments as there."""
    if classes is None and generator.classes:
        classes = generator.classes.first(len(latents))
    for start in range(0, len(latents), batch_size):
        part = slice(start, start + batch_size)
        theirs = None if classes is None else classes[part]
        yield generate(generator, latents[part], batch_size, theirs)
