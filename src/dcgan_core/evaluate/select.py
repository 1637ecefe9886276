"""Which snapshot is best. A model peaks before its last epoch, so all of them are compared."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .estimates import Estimate, verdict
from .metrics import METRICS

TIE = "kid"
"""What decides between equal values of another criterion; two coverages of 0 are equal."""


@dataclass(frozen=True)
class Choice:
    """The best of several snapshots.

    Attributes:
        best: its place.
        verdicts: of each: ``best``, ``vetoed``, ``worse``, or ``undecided`` where the interval of
            its difference from the best holds 0.
        all_vetoed: whether none could be chosen for its own sake.
    """

    best: int
    verdicts: tuple[str, ...]
    all_vetoed: bool


def choose(
    scores: Sequence[Mapping[str, Estimate]], vetoes: Sequence[str], criterion: str
) -> Choice:
    """The snapshot with the best value of ``criterion`` among those without a veto.

    Of equals that with the lowest TIE, and then the earliest. Where all have a veto, the best of
    all, since later stages need one.

    Args:
        scores: one mapping a snapshot, in order, by names of METRICS; NaN is passed over.
        vetoes: why each cannot be the best; empty where it can.
        criterion: a name of METRICS.

    Raises:
        ValueError: no snapshot has a number there.
    """
    sign = 1 if METRICS[criterion].lower_is_better else -1
    places = [place for place, row in enumerate(scores) if not math.isnan(row[criterion].value)]
    if not places:
        raise ValueError(f'none of {len(scores)} snapshots has a number as "{criterion}"')
    free = [place for place in places if not vetoes[place]]

    def rank(place: int) -> tuple[float, float, int]:
        row = scores[place]
        return sign * row[criterion].value, row[TIE].value, place

    best = min(free or places, key=rank)
    words = []
    for place, row in enumerate(scores):
        if place == best:
            words.append("best")
        elif vetoes[place]:
            words.append("vetoed")
        else:
            words.append(verdict(row[criterion], scores[best][criterion], sign == 1))
    return Choice(best, tuple(words), all_vetoed=not free)
