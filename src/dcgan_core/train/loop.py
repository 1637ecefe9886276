"""The training run: epochs, history, snapshots, and a state from which it goes on exactly."""

import logging
import math
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import torch
from torch import Tensor

from ..data.batches import RealBatches
from ..data.batches_habana import HabanaBatches
from ..device.base import Device
from ..device.distributed import ALONE, World
from ..errors import Interrupted, ToldElsewhere, UserError
from ..nets import build_networks
from ..nets.snapshot import SnapshotInfo, save_generator
from ..params import Params
from ..process.hang_guard import end_when_hung
from ..process.locks import hold
from ..process.signals import stop_on_signals
from ..progress import progress
from ..records import write_json
from ..sample.latents import fixed_latents, save_fixed_latents
from .checkpoint import load_state, save_state
from .early_stopping import EarlyStop
from .history import History
from .preview import write_preview
from .record import run_record
from .schedule import lr_factor
from .step import Stepper, StepResult, gradient_norm
from .validation import Validation
from .watch.guard import SEEN, Guard

log = logging.getLogger("dcgan")

SAVE_EVERY_SECONDS = 60.0
LATENT_STREAM = 0x6C61


def train(
    params: Params, size: str, device: Device, pack: Path, folder: Path, world: World = ALONE
) -> None:
    """Train both networks, or go on where an earlier call with the same settings was cut off.

    Args:
        pack: the training split, ``train.npy``.
        folder: this run's own folder; when this returns it holds ``snapshots/``,
            ``final.safetensors``, ``history.csv`` and ``run.json``.
        world: the ranks of this training; all call this. The first alone writes.

    Raises:
        Interrupted: Ctrl-C or SIGTERM; the state is saved, the same call goes on from it.
        UserError: the losses are no longer finite, the split is smaller than a batch, or another
            process is at this training.
        RankLost: another rank ended.
        ToldElsewhere: on all ranks but the first, where that one raises one of the above.
    """
    with ExitStack() as stack:
        world.decide(lambda: _take_lock(folder, size, stack))
        stop = stack.enter_context(stop_on_signals(patient=world.count > 1))
        if world.count > 1:
            stack.enter_context(end_when_hung())
        run = world.together(lambda: Run(params, size, device, pack, folder, world))
        run.resume()
        run.loop(stop)
        if world.first:
            run.finish()


def _take_lock(folder: Path, size: str, stack: ExitStack) -> None:
    lock = hold(folder / "lock")
    if lock is None:
        raise UserError(
            f"train {size}: another process (see {folder / 'lock'}) is at this very training; wait "
            "for it, or end it and give the same command again."
        )
    stack.enter_context(lock)


class Run:
    """One training run and its position: ``epoch`` and ``index`` of the step to do next."""

    def __init__(
        self,
        params: Params,
        size: str,
        device: Device,
        pack: Path,
        folder: Path,
        world: World = ALONE,
    ):
        self.params, self.settings, self.size = params, params.train, size
        self.device, self.folder, self.world = device, folder, world
        seed = self.settings.seed
        generator, discriminator = build_networks(params, size)
        latent_rng = torch.Generator().manual_seed(seed ^ LATENT_STREAM)
        self.stepper = Stepper(generator, discriminator, params, device, latent_rng, world)
        self.batches = self._open_batches(pack)
        self.reals_per_step = self.settings.n_dis if self.settings.n_dis_batch == "new" else 1
        self.steps_per_epoch = len(self.batches) // self.reals_per_step
        if self.steps_per_epoch == 0:
            raise UserError(
                f"train.n_dis = {self.settings.n_dis} needs that many batches an epoch; there are "
                f"{len(self.batches)} of train.batch_size = {self.settings.batch_size}"
            )
        self.fixed = fixed_latents(params.model.latent, seed)
        self.history = History()
        validation = Validation(pack.with_name("validation.npy"), seed, device.device)
        self.early = EarlyStop(params.stabilise, lambda: validation.kid(self.stepper.ema.shadow))
        reals = self.batches.first(SEEN)
        self.guard = Guard(params, self.stepper, folder, self.fixed, reals)
        self.epoch = self.index = self.step = 0
        self.ended = False
        self.seconds = 0.0
        self.folder.mkdir(parents=True, exist_ok=True)

    def _open_batches(self, pack: Path) -> RealBatches | HabanaBatches:
        settings = self.settings
        batches = RealBatches(
            pack,
            settings.batch_size,
            settings.seed,
            settings.flip,
            self.device.device,
            self.world,
        )
        if settings.loader == "pack":
            return batches
        return HabanaBatches(batches, self.folder / "jpeg", self.device)

    @property
    def _state_path(self) -> Path:
        return self.folder / "state.pt"

    def resume(self) -> None:
        """Take up the saved state, if there is one."""
        state = load_state(self._state_path, self.world)
        if state is None:
            return
        self._restore(state)
        log.info("going on from step %d, epoch %d", self.step, self.epoch + 1)

    def _restore(self, state: dict) -> None:
        self.stepper.load_state_dict(state["stepper"])
        self.fixed = state["fixed_latents"]
        self.history.rows = state["history"]
        self.epoch, self.index, self.step = state["epoch"], state["index"], state["step"]
        self.seconds, self.ended = state["seconds"], state["ended"]
        self.early.load_state_dict(state["early"])
        self.guard.load_state_dict(state["guard"])

    def _state(self) -> dict:
        return {
            "stepper": self.stepper.state_dict(),
            "fixed_latents": self.fixed,
            "history": self.history.rows,
            "epoch": self.epoch,
            "index": self.index,
            "step": self.step,
            "seconds": self.seconds,
            "ended": self.ended,
            "early": self.early.state_dict(),
            "guard": self.guard.state_dict(),
        }

    def save(self) -> None:
        """Save all that resuming needs; for the first rank, whose state is all ranks'."""
        save_state(self._state_path, self._state())
        self._saved_at = time.monotonic()

    def loop(self, stop: object) -> None:
        """Train to the last epoch, or until ``stop`` is true on any rank."""
        self._saved_at = self._row_at = time.monotonic()
        self._row_images = self.images
        total = self.settings.epochs * self.steps_per_epoch
        if self.step == 0 and self.world.first:
            self.guard.keep(self._state())
        with progress(f"train {self.size}", total, "steps", self.step, self.world.first) as bar:
            while not self.ended and self.epoch < self.settings.epochs:
                row = self._one_step()
                bar.advance(note=_note(row) if row else "")
                stopping = self.world.any(bool(stop))
                if self.index == self.steps_per_epoch:
                    self._end_epoch()
                elif self.world.first and (stopping or self._save_is_due()):
                    self.save()
                if stopping:
                    self._interrupt(total)

    def _save_is_due(self) -> bool:
        return time.monotonic() - self._saved_at > SAVE_EVERY_SECONDS

    def _interrupt(self, total: int) -> None:
        # No rank leaves before the state is saved.
        self.world.decide(lambda: None)
        if not self.world.first:
            raise ToldElsewhere(Interrupted.exit_code)
        raise Interrupted(
            f"train {self.size}: stopped at step {self.step} of {total}, all saved. "
            "The same command goes on from there."
        )

    @property
    def images(self) -> int:
        """Real images seen so far."""
        return self.step * self.reals_per_step * self.settings.batch_size

    def _one_step(self) -> dict | None:
        first = self.index * self.reals_per_step
        positions = iter(range(first, first + self.reals_per_step))
        started = time.monotonic()
        total = self.settings.epochs * self.steps_per_epoch
        self.stepper.set_lr(lr_factor(self.step, total, self.settings) * self.guard.lr_scale)
        self.stepper.view.advance(self.step / total)
        record = self.stepper.step(lambda: self.batches.batch(self.epoch, next(positions)))
        self.step += 1
        self.index += 1
        row = None
        if self.step % self.settings.log_every == 0 or self.step == 1:
            row = self._row(record)
        findings = self.guard.look(self.step, record)
        self.seconds += time.monotonic() - started
        if findings:
            self.world.decide(lambda: self.guard.tell(self.size, findings))
        if findings and self.params.watch.action == "rollback":
            self.guard.back(self.size, self._restore)
        return row

    def _row(self, record: StepResult) -> dict:
        stepper = self.stepper
        tensors = record.statistics()
        tensors["grad_norm_d"] = gradient_norm(stepper.discriminator)
        tensors["grad_norm_g"] = gradient_norm(stepper.generator)
        return self.world.decide(lambda: self._record(tensors))

    def _record(self, tensors: Mapping[str, Tensor]) -> dict:
        values = dict(zip(tensors, torch.stack([*tensors.values()]).tolist(), strict=True))
        now = time.monotonic()
        rate = (self.images - self._row_images) / max(now - self._row_at, 1e-9)
        self._row_at, self._row_images = now, self.images
        row = {
            "step": self.step,
            "epoch": self.epoch + 1,
            "images": self.images,
            "seconds": self.seconds,
            "img_per_s": rate,
            **values,
        }
        self.history.append(row)
        broken = [name for name, value in values.items() if not math.isfinite(value)]
        if broken and self.params.watch.action == "off":
            raise UserError(
                f"train {self.size}: {', '.join(broken)} not finite at step {self.step}; the "
                f"networks are lost. Lower train.lr (now {self.settings.lr:g}) or use "
                "train.precision: fp32."
            )
        return row

    def _end_epoch(self) -> None:
        self.epoch += 1
        self.index = 0
        self.ended = self.world.decide(self._close_epoch)

    def _close_epoch(self) -> bool:
        """What the first rank does after an epoch; whether it was the last before its time."""
        losses = [row["loss_g"] for row in self.history.rows if row["epoch"] == self.epoch]
        self.ended = self.early.observe(losses)
        if self.ended:
            log.info("train %s: stopping early after epoch %d", self.size, self.epoch)
        every, last = self.settings.snapshot_every, self.settings.epochs
        if self.ended or self.epoch in (1, last) or self.epoch % every == 0:
            path = self.folder / "snapshots" / f"epoch_{self.epoch:04d}.safetensors"
            save_generator(path, self.stepper.ema.shadow, self._info())
        write_preview(self.folder / "previews", self.epoch, self.stepper.ema.shadow, self.fixed)
        self.save()
        self.guard.keep(self._state())
        return self.ended

    def _info(self) -> SnapshotInfo:
        generator = self.stepper.generator
        return SnapshotInfo(
            size=self.size,
            height=generator.height,
            width=generator.width,
            channels=generator.channels,
            model=generator.model.model_dump(),
            epoch=self.epoch,
            step=self.step,
            images=self.images,
            weights="ema" if self.settings.ema_decay else "raw",
        )

    def finish(self) -> None:
        """Write what the stage gives out."""
        self.device.synchronize()
        save_fixed_latents(self.folder / "snapshots", self.fixed)
        save_generator(self.folder / "final.safetensors", self.stepper.ema.shadow, self._info())
        self.history.write(self.folder / "history.csv")
        self.guard.table.write(self.folder / "gradients.csv")
        record = run_record(
            self.settings,
            self.params.objective,
            self.size,
            self.device,
            self.world,
            epochs=self.epoch,
            steps=self.step,
            images=self.images,
            seconds=self.seconds,
        )
        write_json(self.folder / "run.json", record)


def _note(row: dict) -> str:
    return f"loss_d {row['loss_d']:.2f} loss_g {row['loss_g']:.2f} {row['img_per_s']:.0f} img/s"
