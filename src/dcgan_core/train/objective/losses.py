"""GAN objectives on logits, and the field's statistics.

Logits are N, float32. With a Wasserstein or hinge loss they are the critic's scores.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, relu, softplus

from ...device.distributed import ALONE, World
from ...params import Objective
from ..execution.draws import AT_ONCE, Draws
from .output import DIFFERENCE, HINGE, PROBABILITY, SQUARED, Output

# The discriminator has won once its loss has gone this share of the way, or less, from its floor
# to that of an undecided one ...
# One that ran away stayed under 0.002, or mostly under 0.01 with smoothed labels; healthy ones were
# seen at 0.015 to 0.05 for a hundred steps before the generator caught up, most of all where real
# images have white backgrounds.
NEAR_FLOOR = 0.01
# ... or this share of squared errors, which do not fall off so steeply, ...
NEAR_FLOOR_SQUARES = 0.1
# ... or this share of relativistic pairs' loss, which falls as e^-2a where two parts' is e^-a.
# One that ran away was at 0.0001 to 0.0006; healthy ones were seen at 0.0045.
NEAR_FLOOR_PAIRS = 0.001


@dataclass(frozen=True)
class LossRange:
    """The losses that are known before any training.

    An undecided discriminator takes real images and fakes for equally real.

    Attributes:
        floor: the lowest Loss_D there is.
        loss_d: Loss_D of an undecided discriminator.
        loss_g: Loss_G against an undecided discriminator.
        near: share of the way from ``floor`` to ``loss_d`` within which the discriminator has won.
    """

    floor: float
    loss_d: float
    loss_g: float
    near: float


@dataclass(frozen=True)
class Pairs:
    """A relativistic loss: each real image against one fake, as in R3GAN (Huang et al. 2024).

    Attributes:
        formula: margins N to a 0-d loss. The discriminator's margins are real − fake, the
            generator's fake − real.
        range: of one loss a pair; there are no parts to take the mean of.
    """

    formula: Callable[[Tensor], Tensor]
    range: LossRange


@dataclass(frozen=True, kw_only=True)
class Loss:
    """All that the rest of the package asks about one loss.

    Attributes:
        discriminator: (real logits, fake logits, objective, ranks, draws) to the sum of a real
            and a fake part.
        generator: fake logits to the generator's loss. Labels are never smoothed or flipped here.
        pairs: the relativistic form; None if there is none.
        output: what D(x) and D(G(z)) are; with pairs they are as ``DIFFERENCE`` says.
        smoothed_labels: whether ``real_label`` may be below 1.
        flipped_labels: whether ``label_flip`` may be above 0.
        clips_weights: whether ``weight_clip`` may be above 0.
        range: from the objective section, for the sum of the parts; None if the discriminator's
            loss has no floor and no meaning of its own.
    """

    discriminator: Callable[[Tensor, Tensor, Objective, World, Draws], Tensor]
    generator: Callable[[Tensor], Tensor]
    pairs: Pairs | None
    output: Output
    smoothed_labels: bool
    flipped_labels: bool
    clips_weights: bool
    range: Callable[[Objective], LossRange] | None


def discriminator_loss(
    real: Tensor,
    fake: Tensor,
    objective: Objective,
    world: World = ALONE,
    draws: Draws = AT_ONCE,
) -> Tensor:
    """What the discriminator minimises: a real and a fake part, their sum or their mean.

    Labels are smoothed on the real side only. Flipped labels are drawn from PyTorch's global
    CPU generator. All means are over this rank's images; ranks have as many each.
    """
    if objective.relativistic:
        return _pairs(objective).formula(real - fake)
    total = LOSSES[objective.loss].discriminator(real, fake, objective, world, draws)
    return total / 2 if objective.d_loss == "mean" else total


def generator_loss(fake: Tensor, objective: Objective, real: Tensor | None = None) -> Tensor:
    """What the generator minimises; ``real`` is needed by the relativistic losses alone."""
    if objective.relativistic:
        assert real is not None
        return _pairs(objective).formula(fake - real)
    return LOSSES[objective.loss].generator(fake)


def feature_distance(real: Tensor, fake: Tensor, world: World = ALONE) -> Tensor:
    """‖E f(x) − E f(G(z))‖² over features, averaged (Salimans et al. 2016). N×F each.

    The means are over all ranks' images.
    """
    return world.average(real.float().mean(0) - fake.float().mean(0)).square().mean()


def output_of(objective: Objective) -> Output:
    """What D(x) and D(G(z)) are with this objective."""
    return DIFFERENCE if objective.relativistic else LOSSES[objective.loss].output


def mean_output(logits: Tensor, objective: Objective) -> Tensor:
    """D(x): the mean probability where the loss has one, and the mean score elsewhere.

    The mean of sigmoids, not the sigmoid of the mean.
    """
    logits = logits.detach()
    return (logits.sigmoid() if output_of(objective).probability else logits).mean()


def loss_range(objective: Objective) -> LossRange | None:
    """The losses known beforehand, or None where the loss has no floor (Wasserstein)."""
    if objective.relativistic:
        return _pairs(objective).range
    of_parts = LOSSES[objective.loss].range
    if of_parts is None:
        return None
    found, share = of_parts(objective), 0.5 if objective.d_loss == "mean" else 1.0
    return replace(found, floor=share * found.floor, loss_d=share * found.loss_d)


def undecided_output(objective: Objective) -> float | None:
    """D(x) and D(G(z)) of an undecided discriminator, or None where any value may be."""
    undecided = output_of(objective).undecided
    return None if undecided is None else undecided(objective)


def fake_target(objective: Objective) -> float:
    """The mean label of fakes, which a perfect discriminator's D(G(z)) comes down to."""
    return objective.real_label * objective.label_flip


def _pairs(objective: Objective) -> Pairs:
    pairs = LOSSES[objective.loss].pairs
    if pairs is None:
        raise ValueError(f"loss {objective.loss} has no relativistic form")
    return pairs


def _targets(
    real: Tensor, fake: Tensor, objective: Objective, world: World, draws: Draws
) -> tuple[Tensor, Tensor]:
    """The labels of real images and of fakes, N each, smoothed and flipped."""
    label = objective.real_label

    def flipped(logits: Tensor) -> Tensor | None:
        count, share = len(logits), objective.label_flip
        return draws(lambda: world.rand(count) < share, logits.device) if share else None

    return _labels(real, label, 0.0, flipped(real)), _labels(fake, 0.0, label, flipped(fake))


def _labels(logits: Tensor, value: float, other: float, flipped: Tensor | None) -> Tensor:
    labels = torch.full_like(logits, value)
    return labels if flipped is None else torch.where(flipped, other, labels)


def _cross_entropy_parts(
    real: Tensor, fake: Tensor, objective: Objective, world: World, draws: Draws
) -> Tensor:
    real_target, fake_target = _targets(real, fake, objective, world, draws)
    total = binary_cross_entropy_with_logits(real, real_target)
    return total + binary_cross_entropy_with_logits(fake, fake_target)


def _square_parts(
    real: Tensor, fake: Tensor, objective: Objective, world: World, draws: Draws
) -> Tensor:
    # Mao et al. 2017 with a = 0, b = c = 1.
    real_target, fake_target = _targets(real, fake, objective, world, draws)
    return ((real - real_target).square() + (fake - fake_target).square()).mean() / 2


def _logistic(logits: Tensor) -> Tensor:
    """−ln σ, averaged: of fakes' logits the non-saturating loss, of margins the pairs' one."""
    return softplus(-logits).mean()


def _cross_entropy_range(objective: Objective, loss_g: float) -> LossRange:
    """Of cross entropies with labels a and 0.

    The real part cannot fall under −a·ln a − (1−a)·ln(1−a), which is .325 at .9; flipped labels
    raise both parts alike.
    """
    label, flipped = objective.real_label, objective.label_flip
    targets = (label * (1 - flipped), fake_target(objective))
    floor = sum(_cross_entropy(target, target) for target in targets)
    undecided = sum(_cross_entropy(target, label / 2) for target in targets)
    return LossRange(floor, undecided, loss_g, NEAR_FLOOR)


def _cross_entropy(target: float, output: float) -> float:
    real = target * math.log(output) if target else 0.0
    fake = (1 - target) * math.log(1 - output) if target < 1 else 0.0
    return -real - fake


LOSSES = {
    "bce": Loss(
        discriminator=_cross_entropy_parts,
        generator=_logistic,
        pairs=Pairs(_logistic, LossRange(0.0, math.log(2), math.log(2), NEAR_FLOOR_PAIRS)),
        output=PROBABILITY,
        smoothed_labels=True,
        flipped_labels=True,
        clips_weights=False,
        range=lambda objective: _cross_entropy_range(
            objective, loss_g=-math.log(objective.real_label / 2)
        ),
    ),
    "minimax": Loss(
        discriminator=_cross_entropy_parts,
        generator=lambda fake: -softplus(fake).mean(),
        pairs=None,
        output=PROBABILITY,
        smoothed_labels=True,
        flipped_labels=True,
        clips_weights=False,
        range=lambda objective: _cross_entropy_range(
            objective, loss_g=math.log(1 - objective.real_label / 2)
        ),
    ),
    "lsgan": Loss(
        discriminator=_square_parts,
        generator=lambda fake: (fake - 1).square().mean() / 2,
        pairs=None,
        output=SQUARED,
        smoothed_labels=False,
        flipped_labels=True,
        clips_weights=False,
        # Each part carries its factor of a half; an undecided discriminator scores one half.
        range=lambda objective: LossRange(
            objective.label_flip * (1 - objective.label_flip), 0.25, 0.125, NEAR_FLOOR_SQUARES
        ),
    ),
    "hinge": Loss(
        discriminator=lambda real, fake, *_: relu(1 - real).mean() + relu(1 + fake).mean(),
        generator=lambda fake: -fake.mean(),
        # A pair's hinge loss is linear, as its two parts' is.
        pairs=Pairs(lambda margins: relu(1 - margins).mean(), LossRange(0.0, 1.0, 1.0, NEAR_FLOOR)),
        output=HINGE,
        smoothed_labels=False,
        flipped_labels=False,
        clips_weights=False,
        # Loss_D is 2 at any one score from -1 to 1 for all images; 0 is in the middle.
        range=lambda _: LossRange(0.0, 2.0, 0.0, NEAR_FLOOR),
    ),
    "wasserstein": Loss(
        discriminator=lambda real, fake, *_: fake.mean() - real.mean(),
        generator=lambda fake: -fake.mean(),
        pairs=None,
        output=DIFFERENCE,
        smoothed_labels=False,
        flipped_labels=False,
        clips_weights=True,
        range=None,
    ),
}
"""Every loss that ``objective.loss`` may name."""
