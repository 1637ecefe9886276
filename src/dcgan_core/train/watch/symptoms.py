"""What each failure of a GAN's training looks like in one look at it, and what to do about it."""

import math
from collections.abc import Mapping
from statistics import median

from ...params.training import Objective
from ..objective.losses import fake_target, loss_range, output_of
from .diversity import Sight
from .gradients import LayerGradients

# Fakes are taken for real no more often than this above their target.
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
    known = loss_range(objective)
    if known is None:
        return None
    floor, undecided = known.floor, known.loss_d
    loss, fooled = statistics["loss_d"], statistics["d_g_z1"]
    if loss > floor + known.near * (undecided - floor):
        return None
    told = (
        f"The discriminator wins: Loss_D is {loss:.2g}, where {floor:.3f} is the lowest there is "
        f"and {undecided:.3f} is undecided"
    )
    if not output_of(objective).probability:
        return f"{told}."
    if fooled > fake_target(objective) + NEAR_ZERO:
        return None
    return f"{told}, and D(G(z)) is {fooled:.3f}."


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
