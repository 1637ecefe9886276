"""Looking at a training now and then, and acting on what the watch finds."""

import logging
import math
from collections.abc import Mapping

import torch
from torch import Tensor

from ...device.distributed import World
from ...errors import UserError
from ...params import Params
from ..execution.step_result import StepResult, read_scalars
from ..state.checkpoint import shared_state, to_cpu
from ..step import Stepper
from .diversity import look_at
from .gradients import GradientTable, read_gradients
from .rules import ACTIONS, Finding, Rules

log = logging.getLogger("dcgan")

MOST_ROLLBACKS = 3
SEEN = 32
"""Fixed latents and real images that a look compares."""


class Guard:
    """The watch, the gradients' table, and the way back to the last good state.

    With several ranks the first one looks, keeps and speaks; all act alike.

    Args:
        size: its name in the settings, for messages.
        latents: fixed, N×nz.
        reals: fixed real images N×C×H×W on the device.
        classes: of each of them, N, for conditional networks.

    Attributes:
        action: what the settings say to do.
        good: the state to go back to, on the CPU; None where the settings never do, and on all
            ranks but the first.
        lr_scale: what rollbacks have multiplied learning rates by.
        told: all that was said, in order, for ``run.json``: ``step``, ``words`` and ``advice``,
            which is empty where there is nothing to change. Only the first rank's grows.
    """

    def __init__(
        self,
        params: Params,
        size: str,
        stepper: Stepper,
        latents: Tensor,
        reals: Tensor,
        classes: Tensor | None = None,
    ):
        self.settings, self.lr, self.size = params.watch, params.train.lr, size
        self.action = ACTIONS[params.watch.action]
        self.stepper = stepper
        self.world: World = stepper.world
        self.watch = Rules(params.objective, params.train.warmup)
        self.table = GradientTable()
        self.good: dict | None = None
        self.latents, self.reals = latents[:SEEN], reals[:SEEN]
        # A batch may have fewer images than there are latents.
        again = -(-len(self.latents) // max(1, len(self.reals)))
        self.classes = None if classes is None else classes.repeat(again)[: len(self.latents)]
        self.lr_scale, self.rollbacks = 1.0, 0
        self.told: list[dict] = []

    def check(self, step: int, result: StepResult) -> dict | None:
        """Look at what step ``step`` gave, if a look is due, and act on what is newly wrong.

        All ranks call this. Gradients are recorded even where nothing is watched.

        Returns:
            The training state to go back to, with lower learning rates; None to go on.

        Raises:
            UserError: on the first rank: the settings end such a training, it is lost and may
                not roll back, or it has rolled back too often.
            ToldElsewhere: on the others then.
        """
        if step != 1 and step % self.settings.every:
            return None
        statistics = result.statistics()
        goes_back = self.world.decide(lambda: self._judge(step, statistics))
        return self._last_good_state(step) if goes_back else None

    def _judge(self, step: int, statistics: Mapping[str, Tensor]) -> bool:
        """Look, and say what is found; whether to go back.

        Raises:
            UserError: as :meth:`check`.
        """
        findings = self._look(step, statistics)
        for finding in findings:
            self._tell(finding)
        if not findings or not self.action.rolls_back:
            return False
        if self.rollbacks == MOST_ROLLBACKS:
            raise UserError(
                f"train {self.size}: rolled back {MOST_ROLLBACKS} times and it went wrong again. "
                "Change the settings that the warnings above name."
            )
        return True

    def _look(self, step: int, statistics: Mapping[str, Tensor]) -> list[Finding]:
        generator, discriminator = self.stepper.generator, self.stepper.discriminator
        gradients = read_gradients({"generator": generator, "discriminator": discriminator})
        self.table.append(step, gradients)
        if not self.action.looks:
            return []
        values = read_scalars(statistics)
        with self.stepper.autocast():
            sight = look_at(generator, discriminator, self.latents, self.reals, self.classes)
        return self.watch.look(step, values, sight, gradients)

    def _tell(self, finding: Finding) -> None:
        said = f"train {self.size}, step {finding.step}: {finding.sentence} {finding.advice}"
        lost = finding.kind == "nan" and not self.action.rolls_back
        if lost or self.action.stops:
            raise UserError(said)
        log.warning(said)
        self._note(finding.step, finding.sentence, finding.advice)

    def _note(self, step: int, words: str, advice: str = "") -> None:
        self.told.append({"step": step, "words": words, "advice": advice})

    def _last_good_state(self, step: int) -> dict:
        state = shared_state(self.good, self.world)
        scale = self.lr_scale * self.settings.lr_factor
        if self.world.first:
            words = f"back to step {state['step']}, learning rates now {scale:g} of what they"
            log.warning("train %s: %s were set to", self.size, words)
            self._note(step, f"Went {words} were set to.")
        # The good state is from before this rollback and knows nothing of it.
        counted = {"lr_scale": scale, "rollbacks": self.rollbacks + 1, "told": list(self.told)}
        return {**state, "guard": {**state["guard"], **counted}}

    def require_finite(self, step: int, statistics: Mapping[str, float]) -> None:
        """End a training that is lost, where the watch that would say so is off.

        For the first rank.

        Raises:
            UserError: ``watch.action`` is ``off``, and a value is not a finite number.
        """
        broken = [name for name, value in statistics.items() if not math.isfinite(value)]
        if broken and not self.action.looks:
            raise UserError(
                f"train {self.size}: {', '.join(broken)} not finite at step {step}; the networks "
                f"are lost. Lower train.lr (now {self.lr:g}) or use train.precision: fp32."
            )

    def keep(self, state: dict) -> None:
        """Remember ``state`` as good, if it is and if it may be wanted; for the first rank.

        In memory, since it is part of what is saved: on disk by itself it could be of a later step
        than the state beside it.
        """
        if self.action.rolls_back and self.watch.healthy and self._finite():
            self.good = to_cpu(state, copy=True)

    def _finite(self) -> bool:
        # NaN may have come since the last look; all else takes several looks to show.
        networks = (self.stepper.generator, self.stepper.discriminator)
        weights = [p.detach() for network in networks for p in network.parameters()]
        return bool(torch.stack(torch._foreach_norm(weights)).isfinite().all())

    def state_dict(self) -> dict:
        """All that resuming needs."""
        return {
            "watch": self.watch.state_dict(),
            "table": self.table.state_dict(),
            "lr_scale": self.lr_scale,
            "rollbacks": self.rollbacks,
            "told": list(self.told),
        }

    def load_state_dict(self, state: dict) -> None:
        """Take up a saved state."""
        self.watch.load_state_dict(state["watch"])
        self.table.load_state_dict(state["table"])
        self.lr_scale, self.rollbacks = state["lr_scale"], state["rollbacks"]
        self.told = [dict(note) for note in state["told"]]
