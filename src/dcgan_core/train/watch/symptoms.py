"""What each failure of a GAN's training looks like in one look at it, and what to do about it."""

import math
from collections.abc import Mapping
from statistics import median

from ...params.training import Objective
from .diversity import Sight
from .gradients import LayerGradients

# D's loss has gone this share of the way, or less, from its floor to that of an undecided D ...
# One that ran away stayed under 0.002, or mostly under 0.01 with smoothed labels; healthy ones were
# seen at 0.015 to 0.05 for a hundred steps before the generator caught up, most of all where real
# images have white backgrounds.
NEAR_FLOOR = 0.01
# ... or this share of squared errors, which do not fall off so steeply, ...
NEAR_FLOOR_SQUARES = 0.1
# ... or this share of relativistic pairs' loss, which falls as e^-2a where two parts' is e^-a.
# One that ran away was at 0.0001 to 0.0006; healthy ones were seen at 0.0045.
NEAR_FLOOR_PAIRS = 0.001
# ... and fakes are taken for real no more often than this above their target.
NEAR_ZERO = 0.05
# Fakes differ by less than this share of what reals do; a healthy DCGAN passes 0.1 within its
# first 100 steps, even where those show it 400 images.
ALIKE = 0.05
# G's gradients have fallen to this share of their level in the first steps.
FADED = 0.02
# Or so small that Adam's usual eps of 1e-8 begins to damp the steps.
GONE = 1e-7
# Every hidden layer of D gets less than this share of the last one's gradient; healthy is 0.3
# and more.
BLOCKED = 0.05

ADVICE = {
    "nan": "Lower train.lr, use train.precision: fp32, or limit train.clip_gradients.",
    "d_wins": (
        "Hold the discriminator back: stabilise.noise 0.1, objective.real_label 0.9, a lower "
        "train.ttur, objective.r1_gamma, or norm_d: spectral."
    ),
    "collapse": (
        "Lower train.lr, let the discriminator compare images (model.minibatch_std or "
        "model.minibatch_discrimination), or train on more images (stabilise.augment where "
        "there are none)."
    ),
    "vanishing": (
        "Use the non-saturating objective.loss: bce, or wasserstein with "
        "objective.gradient_penalty 10; keep signals in range with model.norm_d: spectral."
    ),
}


def loss_range(objective: Objective) -> tuple[float, float] | None:
    """The lowest Loss_D there is, and that of a discriminator that cannot decide.

    With real labels smoothed to a, the real part cannot fall under −a·ln a − (1−a)·ln(1−a),
    which is .325 at .9; flipped labels raise both parts alike. A Wasserstein critic's loss has
    no floor and no meaning of its own: None.
    """
    if objective.loss == "wasserstein":
        return None
    if objective.relativistic:
        # One loss a pair of a real and a fake, so no parts to take the mean of.
        return (0.0, 1.0) if objective.loss == "hinge" else (0.0, math.log(2))
    parts = 1.0 if objective.d_loss == "sum" else 0.5
    flipped, label = objective.label_flip, objective.real_label
    if objective.loss == "hinge":
        floor, undecided = 0.0, 2.0
    elif objective.loss == "lsgan":
        # Each part carries its factor of a half.
        floor, undecided = flipped * (1 - flipped), 0.25
    else:
        targets = (label * (1 - flipped), fake_target(objective))
        floor = sum(_cross_entropy(target, target) for target in targets)
        undecided = sum(_cross_entropy(target, label / 2) for target in targets)
    return parts * floor, parts * undecided


def fake_target(objective: Objective) -> float:
    """The mean label of fakes, which a perfect discriminator's D(G(z)) comes down to."""
    return objective.real_label * objective.label_flip


def _cross_entropy(target: float, output: float) -> float:
    real = target * math.log(output) if target else 0.0
    fake = (1 - target) * math.log(1 - output) if target < 1 else 0.0
    return -real - fake


def not_finite(
    statistics: Mapping[str, float], sight: Sight, gradients: Mapping[str, LayerGradients]
) -> str | None:
    """Names what is no longer a finite number, or None."""
    broken = [name for name, value in statistics.items() if not math.isfinite(value)]
    broken += [
        f"gradients of the {name}"
        for name, found in gradients.items()
        if not all(math.isfinite(value) for value in (*found.mean, *found.max))
    ]
    if not (math.isfinite(sight.images) and math.isfinite(sight.features)):
        broken.append("generated images")
    return f"Not finite: {', '.join(broken)}." if broken else None


def discriminator_wins(objective: Objective, statistics: Mapping[str, float]) -> str | None:
    """Says how near its floor Loss_D is, or None where that means nothing or is no trouble."""
    limits = loss_range(objective)
    if limits is None:
        return None
    floor, undecided = limits
    loss, fooled = statistics["loss_d"], statistics["d_g_z1"]
    if loss > floor + _near(objective) * (undecided - floor):
        return None
    told = (
        f"The discriminator wins: Loss_D is {loss:.2g}, where {floor:.3f} is the lowest there is "
        f"and {undecided:.3f} is undecided"
    )
    if objective.loss not in ("bce", "minimax") or objective.relativistic:
        # These score by margins or differences, so that D(G(z)) is not a probability.
        return f"{told}."
    if fooled > fake_target(objective) + NEAR_ZERO:
        return None
    return f"{told}, and D(G(z)) is {fooled:.3f}."


def _near(objective: Objective) -> float:
    """The share of the way from Loss_D's floor within which the discriminator has won."""
    if objective.loss == "lsgan":
        return NEAR_FLOOR_SQUARES
    # A pair's hinge loss is linear, as its two parts' is.
    return NEAR_FLOOR_PAIRS if objective.relativistic and objective.loss == "bce" else NEAR_FLOOR


def collapsed(sight: Sight) -> str | None:
    """Says how alike the generated images are, or None."""
    if sight.diversity >= ALIKE:
        return None
    return (
        "The generator collapses: its images differ from one another by "
        f"{sight.images:.1%} of what real ones do, in the discriminator's features by "
        f"{sight.features:.1%}."
    )


def level(gradients: LayerGradients) -> float:
    """One number for a network's gradients: the median of its layers' mean |g|."""
    return median(gradients.mean)


def vanishing(gradients: Mapping[str, LayerGradients], reference: float) -> str | None:
    """Says in which network gradients are gone, or None.

    Args:
        gradients: of ``generator`` and ``discriminator``.
        reference: the generator's ``level`` in the first steps. Against a trained discriminator
            the saturating loss leaves it orders of magnitude less (Arjovsky & Bottou 2017,
            arXiv:1701.04862).
    """
    told = []
    now = level(gradients["generator"])
    if now <= max(GONE, FADED * reference):
        told.append(
            f"The generator's gradients vanish: mean |g| of its middle layer is {now:.2g}, and "
            f"was {reference:.2g} in the first steps."
        )
    *hidden, last = gradients["discriminator"].mean
    if hidden and last > 0 and max(hidden) < BLOCKED * last:
        told.append(
            "The discriminator's gradients vanish in every layer but the last: mean |g| is "
            f"{max(hidden):.2g} at most, and {last:.2g} in the last."
        )
    return " ".join(told) or None
