"""Images from a generator, in eval mode, so that none depends on its batch-mates."""

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
def generate(generator: Generator, latents: Tensor, batch_size: int = 64) -> np.ndarray:
    """uint8 N×H×W×C, one image for each latent, in order.

    Raises:
        ValueError: the generator is in train mode, where batch norm mixes the batch.
    """
    if generator.training:
        raise ValueError("generate needs a generator in eval mode")
    device = next(generator.parameters()).device
    parts = [to_codes(generator(part.to(device))) for part in latents.split(batch_size)]
    return np.concatenate(parts)
