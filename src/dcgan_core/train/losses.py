"""The non-saturating GAN loss on logits (Goodfellow et al. 2014), and the field's statistics."""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, softplus


def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """−log D(x) − log(1 − D(G(z))): batch means, summed. Logits N, float32."""
    real = binary_cross_entropy_with_logits(real_logits, torch.ones_like(real_logits))
    fake = binary_cross_entropy_with_logits(fake_logits, torch.zeros_like(fake_logits))
    return real + fake


def generator_loss(fake_logits: Tensor) -> Tensor:
    """−log D(G(z)), the batch mean. Logits N, float32."""
    return softplus(-fake_logits).mean()


def mean_probability(logits: Tensor) -> Tensor:
    """Mean D output: the mean of sigmoids, not the sigmoid of the mean."""
    return logits.detach().sigmoid().mean()
