"""What a training will come to, said at its beginning: how long it is, and whether that can do."""

from ...progress import duration
from ..position import Position

FEWEST_STEPS = 1000
"""Updates of the generator below which hardly anything but blots has been seen."""
MEASURED = 10
"""Steps after which a speed can be told."""


def length(position: Position, images: int, batch: int) -> str:
    """How much a training is, in words.

    Args:
        position: of the training.
        images: training images there are.
        batch: real images a batch.
    """
    steps = position.steps_per_epoch
    return (
        f"{images:,} training images, batch {batch}: {steps:,} step{'s' if steps > 1 else ''} an "
        f"epoch, {position.total:,} in all"
    )


def warning(position: Position) -> str:
    """Why a training is too short to come to anything, and what to do; empty if it is not."""
    if position.total >= FEWEST_STEPS:
        return ""
    wanted = FEWEST_STEPS * position.images_per_step
    return (
        f"{position.total:,} steps are too few: below about {FEWEST_STEPS:,} pictures stay blots. "
        f"Set train.images to {wanted:,} or more (and train.epochs to 0), or lower "
        "train.batch_size."
    )


class Outlook:
    """The time that a training will take, told from its first steps.

    Args:
        position: where it begins or goes on.
    """

    def __init__(self, position: Position):
        self._position, self._first = position, position.step
        self._seconds = position.seconds

    def after_step(self) -> str:
        """The time that is left, when enough steps are done to tell; empty before and after.

        The first step is not counted: it sets up much that later ones find there.
        """
        position = self._position
        done = position.step - self._first
        if done == 1:
            self._seconds = position.seconds
        if done != 1 + MEASURED:
            return ""
        each = (position.seconds - self._seconds) / MEASURED
        left = each * (position.total - position.step)
        return "less than a minute" if left < 60 else duration(left)
