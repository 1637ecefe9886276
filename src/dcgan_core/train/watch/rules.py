"""The watch over a training: it names what goes wrong, and what the literature does about it."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...params.training import Objective
from .diversity import Sight
from .gradients import LayerGradients
from .symptoms import ADVICE, collapsed, discriminator_wins, level, not_finite, vanishing

# Steps in which every healthy training looks ill: all images alike, the discriminator ahead.
WARMUP = 100
# Some need longer until images differ: a 157×128 generator on drawings had 0.7 to 1.2 % of their
# diversity at steps 100 to 180, 4 % at 200 and 21 % at 240. Nothing else told it from a collapse.
SLOW_START = 200
# Where diversity has grown by more than this within the looks remembered, it is a start.
GROWTH = 2
# A symptom is believed once it is there in this many looks, and this share of all looks, ...
LOOKS, SHARE = 3, 0.75
# ... of the last four, or of those in this many steps where that is more.
REMEMBERED, SPAN = 4, 60


@dataclass(frozen=True)
class Action:
    """What the watch does.

    Attributes:
        looks: whether it looks for anything but numbers that are not finite.
        stops: whether whatever it finds ends the training.
        rolls_back: whether it keeps the last good state and returns to that.
    """

    looks: bool
    stops: bool
    rolls_back: bool


ACTIONS = {
    "off": Action(looks=False, stops=False, rolls_back=False),
    "warn": Action(looks=True, stops=False, rolls_back=False),
    "stop": Action(looks=True, stops=True, rolls_back=False),
    "rollback": Action(looks=True, stops=False, rolls_back=True),
}
"""Every action that ``watch.action`` may name."""


@dataclass(frozen=True)
class Finding:
    """Something that goes wrong.

    Attributes:
        kind: ``nan``, ``d_wins``, ``collapse`` or ``vanishing``.
        step: of the look at which it was named.
        sentence: what was seen.
        advice: what published systems do about it, in this project's settings.
    """

    kind: str
    step: int
    sentence: str
    advice: str


class Rules:
    """Looks at a training now and then and says once, for each bout, what goes wrong in it.

    Losses that are not finite are named at once; all else after the warm-up only, and when it
    was seen in three quarters of the looks at 60 steps (of four looks, where there are fewer).
    A bout ends when that window is clean. With at most 50 steps between looks, whatever is wrong
    from the start is named within 200 steps; images that are alike are called a collapse at the
    first look from step 200 on, since they may be a slow start, and not while their diversity
    doubles.

    Args:
        objective: the ``objective`` section, which says what Loss_D means.
        lr_warmup: steps over which learning rates rise; the watch's own warm-up begins after.
    """

    def __init__(self, objective: Objective, lr_warmup: int = 0):
        self.objective = objective
        self.warmup, self.started = lr_warmup + WARMUP, lr_warmup + SLOW_START
        self._reference = 0.0
        self._seen: dict[str, list[int]] = {kind: [] for kind in ADVICE}
        self._looks: list[int] = []
        self._diversity: list[float] = []
        self._named: list[str] = []

    @property
    def healthy(self) -> bool:
        """Whether the last look saw no symptom at all and no bout is on: a state to go back to."""
        return not self._named and not any(self._present(kind) for kind in ADVICE)

    def look(
        self,
        step: int,
        statistics: Mapping[str, float],
        sight: Sight,
        gradients: Mapping[str, LayerGradients],
    ) -> list[Finding]:
        """Take in one look and return what is newly wrong, most often nothing.

        Args:
            step: greater than at the look before.
            statistics: of that step, ``loss_d`` and ``d_g_z1`` among them; all must be finite.
            sight: of images from the fixed latents.
            gradients: of ``generator`` and ``discriminator``, from that step's updates.
        """
        told = self._symptoms(step, statistics, sight, gradients)
        sentences = {kind: sentence for kind, sentence in told.items() if sentence}
        first = min(step - SPAN, [*self._looks, step][-REMEMBERED:][0])
        self._looks = [s for s in (*self._looks, step) if s >= first]
        self._diversity = [*self._diversity, sight.diversity][-len(self._looks) :]
        for kind, steps in self._seen.items():
            now = [step] if kind in sentences else []
            self._seen[kind] = [s for s in (*steps, *now) if s >= first]
        self._named = [kind for kind in self._named if self._seen[kind]]
        new = [kind for kind in ADVICE if kind not in self._named and self._believed(kind)]
        self._named += new
        return [Finding(kind, step, sentences[kind], ADVICE[kind]) for kind in new]

    def _symptoms(
        self,
        step: int,
        statistics: Mapping[str, float],
        sight: Sight,
        gradients: Mapping[str, LayerGradients],
    ) -> dict[str, str | None]:
        """What each kind of trouble looks like in this look: a sentence, or None."""
        broken = not_finite(statistics, sight, gradients)
        if broken:
            return {"nan": broken}
        if step < self.warmup:
            self._reference = max(self._reference, level(gradients["generator"]))
            return {}
        return {
            "d_wins": discriminator_wins(self.objective, statistics),
            "collapse": collapsed(sight),
            "vanishing": vanishing(gradients, self._reference),
        }

    def _present(self, kind: str) -> bool:
        return bool(self._seen[kind]) and self._seen[kind][-1] == self._looks[-1]

    def _believed(self, kind: str) -> bool:
        if kind == "nan" or not self._present(kind):
            return self._present(kind)
        if kind == "collapse" and (self._looks[-1] < self.started or self._grows()):
            return False
        return len(self._seen[kind]) >= max(LOOKS, SHARE * len(self._looks))

    def _grows(self) -> bool:
        return self._diversity[-1] > GROWTH * min(self._diversity)

    def state_dict(self) -> dict:
        """All that resuming needs, in plain values."""
        return {
            "reference": self._reference,
            "seen": {kind: list(steps) for kind, steps in self._seen.items()},
            "looks": list(self._looks),
            "diversity": list(self._diversity),
            "named": list(self._named),
        }

    def load_state_dict(self, state: dict) -> None:
        """Take up a saved state."""
        self._reference = state["reference"]
        self._seen = {kind: list(steps) for kind, steps in state["seen"].items()}
        self._looks, self._named = list(state["looks"]), list(state["named"])
        self._diversity = list(state["diversity"])
