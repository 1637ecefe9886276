"""Penalties that keep the discriminator from running away."""

import torch
from torch import Tensor


def r1_penalty(images: Tensor, logits: Tensor) -> Tensor:
    """½·E‖∇ₓ D(x)‖² on real images (Mescheder et al. 2018, arXiv:1801.04406), without its weight.

    Args:
        images: N×C×H×W, float32, requiring gradients.
        logits: N, the discriminator's on those images, float32, with their graph.

    Returns:
        A 0-d tensor to add to the discriminator's loss; its own graph is kept.
    """
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gradient.pow(2).sum(dim=(1, 2, 3)).mean() / 2
