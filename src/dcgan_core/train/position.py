"""Where a training is: how many steps are done, and all that follows from it."""

import math
from collections.abc import Iterator

from ..data.minima import batches_for_step
from ..errors import UserError
from ..params import Train

IMAGES_A_ROUND = 2048
"""Real images of a round, where the length is told in images. The same for every length, so that a
training that is extended goes through what one of the new length does."""


class Position:
    """How far a training is. Whoever sets ``step`` sets epoch, batches and images with it.

    A training goes in rounds, after each of which it is looked at and may be saved: epochs where
    ``train.epochs`` gives its length, some IMAGES_A_ROUND images where ``train.images`` does. The
    last may be cut short.

    Args:
        batches: full batches in an epoch.
        settings: the ``train`` section.

    Attributes:
        step: steps done, 0 to ``total``.
        seconds: spent on those steps.
        ended: whether the training stopped before its last round.
        total: steps of the whole training, if it does not stop early.
        steps_per_epoch: of each epoch.
        steps_per_round: of each round but perhaps the last.

    Raises:
        UserError: an epoch has fewer batches than a step takes.
    """

    def __init__(self, batches: int, settings: Train):
        self._batches_per_step = batches_for_step(settings)
        self.steps_per_epoch = batches // self._batches_per_step
        if self.steps_per_epoch == 0:
            raise UserError(
                f"train.n_dis = {settings.n_dis} needs that many batches an epoch; there are "
                f"{batches} of train.batch_size = {settings.batch_size}"
            )
        self.images_per_step = self._batches_per_step * settings.batch_size
        if settings.epochs:
            self.steps_per_round = self.steps_per_epoch
            self.total = settings.epochs * self.steps_per_epoch
        else:
            self.steps_per_round = math.ceil(IMAGES_A_ROUND / self.images_per_step)
            self.total = math.ceil(settings.images / self.images_per_step)
        self.step, self.seconds, self.ended = 0, 0.0, False

    @property
    def epoch(self) -> int:
        """Epochs that are complete."""
        return self.step // self.steps_per_epoch

    @property
    def index(self) -> int:
        """Steps done of the epoch that comes next or is under way; 0 between two epochs."""
        return self.step % self.steps_per_epoch

    @property
    def round(self) -> int:
        """Rounds that are complete."""
        return self.step // self.steps_per_round

    @property
    def between_rounds(self) -> bool:
        """Whether no round is under way."""
        return self.step % self.steps_per_round == 0

    @property
    def images(self) -> int:
        """Real images seen."""
        return self.step * self.images_per_step

    @property
    def finished(self) -> bool:
        """Whether no step is left to do."""
        return self.ended or self.step >= self.total

    def epoch_of(self, step: int) -> int:
        """The epoch that a step belongs to, both counted from 1."""
        return (step - 1) // self.steps_per_epoch + 1

    def batches(self) -> Iterator[tuple[int, int]]:
        """Epoch and index of each real batch that the next step may ask for, in order."""
        first = self.index * self._batches_per_step
        return iter([(self.epoch, first + more) for more in range(self._batches_per_step)])

    def state_dict(self) -> dict:
        """All that resuming needs."""
        return {"step": self.step, "seconds": self.seconds, "ended": self.ended}

    def load_state_dict(self, state: dict) -> None:
        """Take up a saved state.

        Raises:
            ValueError: it lies outside this training.
        """
        if not 0 <= state["step"] <= self.total or not 0 <= state["seconds"] < math.inf:
            raise ValueError(f"step {state['step']} of {self.total}, {state['seconds']} seconds")
        self.step, self.seconds, self.ended = state["step"], state["seconds"], state["ended"]
