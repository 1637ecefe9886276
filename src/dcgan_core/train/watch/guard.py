"""Looking at a training now and then, and acting on what the watch finds."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from ...device.distributed import World
from ...errors import UserError
from ...params import Params
from ..checkpoint import load_state, save_state
from ..step import Stepper, StepResult
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
        folder: where ``good.pt`` is kept, if the settings may roll back.
        latents: fixed, N×nz.
        reals: fixed real images N×C×H×W on the device.

    Attributes:
        action: what the settings say to do.
        lr_scale: what rollbacks have multiplied learning rates by.
    """

    def __init__(
        self, params: Params, stepper: Stepper, folder: Path, latents: Tensor, reals: Tensor
    ):
        self.settings, self.stepper = params.watch, stepper
        self.action = ACTIONS[params.watch.action]
        self.world: World = stepper.world
        self.watch = Rules(params.watch, params.objective, params.train.warmup)
        self.table = GradientTable()
        self.good = folder / "good.pt"
        self.latents, self.reals = latents[:SEEN], reals[:SEEN]
        self.lr_scale, self.rollbacks = 1.0, 0

    def look(self, step: int, record: StepResult) -> list[Finding]:
        """Record gradients and see what is newly wrong after step ``step``, if a look is due."""
        if step != 1 and step % self.settings.every:
            return []
        statistics = record.statistics()
        return self.world.decide(lambda: self._look(step, statistics))

    def _look(self, step: int, tensors: Mapping[str, Tensor]) -> list[Finding]:
        networks = {
            "generator": self.stepper.generator,
            "discriminator": self.stepper.discriminator,
        }
        gradients = read_gradients(networks)
        self.table.append(step, gradients)
        if not self.action.looks:
            return []
        values = torch.stack([*tensors.values()]).tolist()
        with self.stepper.autocast():
            sight = look_at(*networks.values(), self.latents, self.reals)
        statistics = dict(zip(tensors, values, strict=True))
        return self.watch.look(step, statistics, sight, gradients)

    def tell(self, size: str, findings: list[Finding]) -> None:
        """Warn of the findings, or end the training as the settings say; for the first rank.

        Raises:
            UserError: ``watch.action`` is ``stop``; or the networks are lost to NaN and no
                rollback is asked for.
        """
        for finding in findings:
            said = f"train {size}, step {finding.step}: {finding.sentence} {finding.advice}"
            lost = finding.kind == "nan" and not self.action.rolls_back
            if lost or self.action.stops:
                raise UserError(said)
            log.warning(said)

    def keep(self, state: dict) -> None:
        """Remember ``state`` as good, if it is and if it may be wanted; for the first rank."""
        if self.action.rolls_back and self.watch.healthy and self._finite():
            save_state(self.good, state)

    def _finite(self) -> bool:
        # NaN may have come since the last look; all else takes several looks to show.
        networks = (self.stepper.generator, self.stepper.discriminator)
        weights = [p.detach() for network in networks for p in network.parameters()]
        return bool(torch.stack(torch._foreach_norm(weights)).isfinite().all())

    def back(self, size: str, load: Callable[[dict], None]) -> None:
        """Return to the last good state, with lower learning rates.

        Args:
            load: takes up a saved state, this guard's own part of it included.

        Raises:
            UserError: that was done too often already.
        """
        scale, rollbacks = self.lr_scale * self.settings.lr_factor, self.rollbacks + 1
        if rollbacks > MOST_ROLLBACKS:
            raise UserError(
                f"train {size}: rolled back {MOST_ROLLBACKS} times and it went wrong again. "
                "Change the settings that the warnings above name."
            )
        state = load_state(self.good, self.world)
        assert state is not None, "a good state is kept from the first step on"
        load(state)
        self.lr_scale, self.rollbacks = scale, rollbacks
        log.warning(
            "train %s: back to step %d, learning rates now %g of what they were set to",
            size,
            state["step"],
            scale,
        )

    def state_dict(self) -> dict:
        """All that resuming needs."""
        return {
            "watch": self.watch.state_dict(),
            "table": self.table.state_dict(),
            "lr_scale": self.lr_scale,
            "rollbacks": self.rollbacks,
        }

    def load_state_dict(self, state: dict) -> None:
        """Take up a saved state."""
        self.watch.load_state_dict(state["watch"])
        self.table.load_state_dict(state["table"])
        self.lr_scale, self.rollbacks = state["lr_scale"], state["rollbacks"]
