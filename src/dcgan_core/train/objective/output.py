"""What D(x) and D(G(z)) are: probabilities with some losses, scores with the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...params import Objective


@dataclass(frozen=True)
class Output:
    """What the history's D(x) and D(G(z)) are.

    Attributes:
        name: what an axis calls them.
        note: what else their reader must know; may be empty.
        probability: whether they are probabilities, in [0,1]; otherwise they are scores, the
            logits themselves, and have no bounds.
        undecided: both of them where the discriminator takes real images and fakes for equally
            real, from the objective section; None if any value may be.
    """

    name: str
    note: str
    probability: bool
    undecided: Callable[[Objective], float] | None

    @property
    def range(self) -> tuple[float, float] | tuple[None, None]:
        """The lowest and the highest value there is; None where there is none."""
        return (0.0, 1.0) if self.probability else (None, None)


# Labels are a for real images and 0 for fakes, as many of each, so a/2 is their mean; flipped ones
# do not change it.
PROBABILITY = Output(
    name="mean probability of real",
    note="",
    probability=True,
    undecided=lambda objective: objective.real_label / 2,
)
SQUARED = Output(
    name="mean score",
    note="no probability; real 1, fake 0",
    probability=False,
    undecided=lambda objective: 0.5,
)
# Loss_D is the same at any one score from -1 to 1 for all images.
HINGE = Output(
    name="mean score",
    note="no probability; real > 1, fake < -1",
    probability=False,
    undecided=None,
)
# A constant added to all scores changes no loss.
DIFFERENCE = Output(
    name="mean score",
    note="no probability; only differences count",
    probability=False,
    undecided=None,
)
