"""Stopping before the last round, when what is watched no longer falls."""

from collections.abc import Callable

from ...params import Stabilise


def _mean_loss(losses: list[float], _kid: Callable[[], float]) -> float | None:
    return sum(losses) / len(losses) if losses else None


CRITERIA: dict[str, Callable[[list[float], Callable[[], float]], float | None]] = {
    "none": lambda _losses, _kid: None,
    "loss": _mean_loss,
    "kid": lambda _losses, kid: kid(),
}
"""Every criterion that ``stabilise.stop_on`` may name: from the generator's losses of a round and
a function that scores the generator, to a value that should fall; None is no value this round."""


class EarlyStop:
    """Counts rounds without a new lowest value of the criterion.

    Args:
        settings: ``stop_on`` and ``patience``.
        kid: scores the generator as it is now; called only where ``stop_on`` is ``kid``.
    """

    def __init__(self, settings: Stabilise, kid: Callable[[], float]):
        self.settings, self._kid = settings, kid
        self.lowest, self.waited = float("inf"), 0

    def observe(self, losses: list[float]) -> bool:
        """Take in a round; True if training should end.

        Args:
            losses: the generator's, of the round's rows of history.
        """
        value = CRITERIA[self.settings.stop_on](losses, self._kid)
        if value is None:
            return False
        self.waited = 0 if value < self.lowest else self.waited + 1
        self.lowest = min(value, self.lowest)
        return self.waited >= self.settings.patience

    def state_dict(self) -> dict:
        """All that resuming needs."""
        return {"lowest": self.lowest, "waited": self.waited}

    def load_state_dict(self, state: dict) -> None:
        """Take up a saved state."""
        self.lowest, self.waited = state["lowest"], state["waited"]
