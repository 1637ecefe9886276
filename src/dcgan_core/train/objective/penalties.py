"""Penalties that keep the discriminator from running away."""

from collections.abc import Callable

import torch
from torch import Tensor


def input_penalty(images: Tensor, logits: Tensor) -> Tensor:
    """½·E‖∇ₓ D(x)‖² (Mescheder et al. 2018, arXiv:1801.04406), without its weight.

    R1 on real images, R2 on fakes.

    Args:
        images: N×C×H×W, float32, requiring gradients.
        logits: N, the discriminator's on those images, float32, with their graph.

    Returns:
        A 0-d tensor to add to the discriminator's loss; its own graph is kept.
    """
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gradient.pow(2).sum(dim=(1, 2, 3)).mean() / 2


def gradient_penalty(
    critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, share: Tensor
) -> Tensor:
    """E(‖∇ D(x̂)‖ − 1)² between real and fake images (Gulrajani et al. 2017), unweighted.

    Args:
        critic: images to N scores, in float32, each from its image alone.
        real: N×C×H×W, float32; no gradient flows into it.
        fake: the same.
        share: N numbers in [0,1], how far each x̂ lies towards the real image.
    """
    share = share.view(-1, 1, 1, 1)
    between = (share * real.detach() + (1 - share) * fake.detach()).float().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    norm = gradient.square().sum(dim=(1, 2, 3)).add(1e-12).sqrt()
    return (norm - 1).square().mean()
