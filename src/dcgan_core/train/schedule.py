"""The learning rate over a training."""

import math

from ..params import Train

EXPONENTIAL_END = 0.01


def lr_factor(step: int, total: int, settings: Train) -> float:
    """What to multiply the learning rate by: a rise, then 1, then the schedule's fall.

    Args:
        step: steps done, 0 to ``total`` − 1.
    """
    rise = min(1.0, (step + 1) / settings.warmup) if settings.warmup else 1.0
    share = step / total
    if settings.schedule == "constant" or share <= settings.decay_from:
        return rise
    done = (share - settings.decay_from) / (1 - settings.decay_from)
    if settings.schedule == "linear":
        return rise * (1 - done)
    if settings.schedule == "cosine":
        return rise * (1 + math.cos(math.pi * done)) / 2
    return rise * EXPONENTIAL_END**done
