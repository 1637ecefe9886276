"""The learning rate over a training."""

import math

from ..params import Train

EXPONENTIAL_END = 0.01

SCHEDULES = {
    "constant": lambda done: 1.0,
    "linear": lambda done: 1 - done,
    "cosine": lambda done: (1 + math.cos(math.pi * done)) / 2,
    "exponential": lambda done: EXPONENTIAL_END**done,
}
"""Every fall that ``train.schedule`` may name: from the share of it that is done, in [0,1), to a
factor that begins at 1."""


def lr_factor(step: int, total: int, settings: Train) -> float:
    """What to multiply the learning rate by: a rise, then 1, then the schedule's fall.

    Args:
        step: steps done, 0 to ``total`` − 1.
        total: steps of the whole training.
        settings: ``warmup``, ``schedule`` and ``decay_from``.
    """
    rise = min(1.0, (step + 1) / settings.warmup) if settings.warmup else 1.0
    share = step / total
    if share <= settings.decay_from:
        return rise
    done = (share - settings.decay_from) / (1 - settings.decay_from)
    return rise * SCHEDULES[settings.schedule](done)
