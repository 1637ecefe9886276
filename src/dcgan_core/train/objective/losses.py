"""GAN objectives on logits, and the field's statistics.

Logits are N, float32. With a Wasserstein or hinge loss they are the critic's scores.
"""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, relu, softplus

from ...device.distributed import ALONE, World
from ...params import Objective

PROBABILITIES = ("bce", "minimax")
"""Losses whose sigmoid of a logit is a probability."""


def discriminator_loss(
    real: Tensor, fake: Tensor, objective: Objective, world: World = ALONE
) -> Tensor:
    """What the discriminator minimises: a real and a fake part, their sum or their mean.

    Labels are smoothed on the real side only. Flipped labels are drawn from PyTorch's global
    CPU generator. All means are over this rank's images; ranks have as many each.
    """
    loss = objective.loss
    if objective.relativistic:
        # Pairs, as in R3GAN (Huang et al. 2024): each real image against one fake.
        margin = real - fake
        # One loss a pair: there are no parts to take the mean of.
        return softplus(-margin).mean() if loss == "bce" else relu(1 - margin).mean()
    if loss == "wasserstein":
        total = fake.mean() - real.mean()
    elif loss == "hinge":
        total = relu(1 - real).mean() + relu(1 + fake).mean()
    else:
        flip = objective.label_flip
        real_target = _labels(real, objective.real_label, 0.0, flip, world)
        fake_target = _labels(fake, 0.0, objective.real_label, flip, world)
        if loss == "lsgan":
            # Mao et al. 2017 with a = 0, b = c = 1.
            total = ((real - real_target).square() + (fake - fake_target).square()).mean() / 2
        else:
            total = binary_cross_entropy_with_logits(real, real_target)
            total = total + binary_cross_entropy_with_logits(fake, fake_target)
    return total / 2 if objective.d_loss == "mean" else total


def generator_loss(fake: Tensor, objective: Objective, real: Tensor | None = None) -> Tensor:
    """What the generator minimises; ``real`` is needed by the relativistic losses alone.

    Labels are never smoothed or flipped here.
    """
    loss = objective.loss
    if objective.relativistic:
        assert real is not None
        margin = fake - real
        return softplus(-margin).mean() if loss == "bce" else relu(1 - margin).mean()
    if loss == "bce":
        return softplus(-fake).mean()
    if loss == "minimax":
        return -softplus(fake).mean()
    if loss == "lsgan":
        return (fake - 1).square().mean() / 2
    return -fake.mean()


def feature_distance(real: Tensor, fake: Tensor, world: World = ALONE) -> Tensor:
    """‖E f(x) − E f(G(z))‖² over features, averaged (Salimans et al. 2016). N×F each.

    The means are over all ranks' images.
    """
    return world.average(real.float().mean(0) - fake.float().mean(0)).square().mean()


def mean_output(logits: Tensor, objective: Objective) -> Tensor:
    """D(x): the mean probability where the loss has one, and the mean score elsewhere.

    The mean of sigmoids, not the sigmoid of the mean.
    """
    logits = logits.detach()
    return (logits.sigmoid() if objective.loss in PROBABILITIES else logits).mean()


def _labels(logits: Tensor, value: float, other: float, flip: float, world: World) -> Tensor:
    labels = torch.full_like(logits, value)
    if not flip:
        return labels
    flipped = (world.rand(len(logits)) < flip).to(logits.device)
    return torch.where(flipped, torch.full_like(logits, other), labels)
