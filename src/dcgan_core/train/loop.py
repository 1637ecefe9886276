"""The training loop: every step from its learning rate to what is saved after it."""

import logging
import time
from contextlib import ExitStack
from pathlib import Path

from ..device.base import Device
from ..device.distributed import ALONE, World
from ..errors import Interrupted, ToldElsewhere, UserError
from ..params import Params
from ..process.hang_guard import end_when_hung
from ..process.locks import hold
from ..process.signals import stop_on_signals
from ..progress import progress
from .execution.step_result import StepResult, gradient_norm, read_scalars
from .outputs.history import Throughput
from .outputs.outlook import Outlook, length, warning
from .outputs.preview import write_preview
from .run import Run
from .schedule import lr_factor
from .state.extension import Finished, continue_finished, save_finished
from .state.start import start_from

log = logging.getLogger("dcgan")


def train(
    params: Params,
    size: str,
    device: Device,
    pack: Path,
    folder: Path,
    world: World = ALONE,
    finished: Finished | None = None,
) -> None:
    """Train both networks, or go on where an earlier call with the same settings was cut off.

    Args:
        params: all settings.
        size: one of ``params.sizes``, by its name.
        device: this rank's.
        pack: the training split, ``train.npy``.
        folder: this run's own folder. When this returns it holds the stage's outputs
            ``snapshots/``, ``final.safetensors``, ``discriminator.safetensors``,
            ``training_state.pt`` (if ``finished`` is told), ``history.csv``, ``gradients.csv`` and
            ``run.json``, and besides them ``lock``,
            ``state.pt``, ``rows.jsonl``, ``previews/``, and ``jpeg/`` if the loader reads such
            files.
        world: the ranks of this training; all call this. The first alone writes.
        finished: where an earlier training may have been published that this one continues.

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
        _begin(run, finished)
        train_rounds(run, stop)
        if world.first:
            run.finish()
            if finished:
                save_finished(run, finished.made_from)


def _begin(run: Run, finished: Finished | None) -> None:
    """Take up what there is to go on from: a run cut off, one that finished, other weights."""
    if run.resume() or (finished and continue_finished(run, finished)):
        return
    if run.settings.start_from:
        run.world.together(lambda: start_from(run))


def _take_lock(folder: Path, size: str, stack: ExitStack) -> None:
    lock = hold(folder / "lock")
    if lock is None:
        raise UserError(
            f"train {size}: another process (see {folder / 'lock'}) is at this very training; wait "
            "for it, or end it and give the same command again."
        )
    stack.enter_context(lock)


def train_rounds(run: Run, stop: object) -> None:
    """Train to the last round, or until ``stop`` is true on any rank.

    All ranks go through this alike. What the first one alone does, which takes the decisions,
    writes and speaks, is asked for through ``world.decide`` or stands under ``world.first``.

    Raises:
        Interrupted: after a stop, with the state saved; and the errors of :func:`train`.
    """
    position, world, throughput = run.position, run.world, Throughput()
    if position.between_rounds and world.first:
        # The first step may already go wrong.
        run.guard.keep(run.state_dict())
    name, outlook = f"train {run.size}", _say_length(run)
    with progress(name, position.total, "steps", position.step, shown=world.first) as bar:
        while not position.finished:
            started = time.monotonic()
            result = _step(run)
            throughput.count(position.images_per_step)
            row = _add_row(run, result, throughput)
            good_state = run.guard.check(position.step, result)
            position.seconds += time.monotonic() - started
            if good_state is not None:
                run.go_back(good_state)
            bar.move_to(position.step, _note(row) if row else "")
            if world.first and (left := outlook.after_step()):
                log.info("%s: %s", name, left)
            stopping = world.any(bool(stop))
            if good_state is None:
                _after_step(run)
            # Outside of a decision, for whose end the other ranks would wait.
            if world.first and (stopping or position.finished or run.save_is_due):
                run.save()
            if stopping:
                _interrupt(run)


def _say_length(run: Run) -> Outlook:
    """Say how much the training is, and whether that can come to anything."""
    if run.world.first:
        told = length(run.position, run.batches.images, run.settings.batch_size)
        for words in filter(None, (told, run.batches.told, run.stepper.execution.told)):
            log.info("train %s: %s", run.size, words)
        if short := warning(run.position):
            log.warning("train %s: %s", run.size, short)
    return Outlook(run.position)


def _step(run: Run) -> StepResult:
    """One step at its learning rate and noise, on the batches of its position."""
    position, stepper = run.position, run.stepper
    factor = lr_factor(position.step, position.total, run.settings)
    stepper.set_lr(factor * run.guard.lr_scale)
    stepper.view.advance(position.step / position.total)
    places = position.batches()
    result = stepper.step(lambda: run.next_batch(*next(places)))
    position.step += 1
    return result


def _add_row(run: Run, result: StepResult, throughput: Throughput) -> dict | None:
    """Add the step to the history and return its row, if one is due."""
    step = run.position.step
    if step != 1 and step % run.settings.log_every:
        return None
    tensors = result.statistics()
    tensors["grad_norm_d"] = gradient_norm(run.stepper.discriminator)
    tensors["grad_norm_g"] = gradient_norm(run.stepper.generator)

    def add() -> dict:
        statistics = read_scalars(tensors)
        row = run.history.append(run.position, statistics, throughput.read())
        run.guard.require_finite(step, statistics)
        return row

    return run.world.decide(add)


def _after_step(run: Run) -> None:
    """Show and keep what the training has come to, where a round or the whole ends.

    A round that the end cuts short is not looked at: a longer training goes on through it.
    """
    position, generator = run.position, run.stepper.ema.shadow
    if position.between_rounds:
        position.ended = run.world.decide(lambda: _ends_early(run))
    if not run.world.first:
        return
    run.snapshots.after_step(generator, position)
    if position.between_rounds or position.finished:
        write_preview(run.folder / "previews", position.images, generator, run.fixed)
    if position.between_rounds:
        run.guard.keep(run.state_dict())


def _ends_early(run: Run) -> bool:
    """Whether the round just completed is the last before its time."""
    position = run.position
    ends = run.early.observe(run.history.losses_since(position.step - position.steps_per_round))
    if ends:
        log.info("train %s: stopping early after %d images", run.size, position.images)
    return ends


def _interrupt(run: Run) -> None:
    # No rank leaves before the state is saved.
    run.world.decide(lambda: None)
    if not run.world.first:
        raise ToldElsewhere(Interrupted.exit_code)
    raise Interrupted(
        f"train {run.size}: stopped at step {run.position.step} of {run.position.total}, all "
        "saved. The same command goes on from there."
    )


def _note(row: dict) -> str:
    return f"loss_d {row['loss_d']:.2f} loss_g {row['loss_g']:.2f} {row['img_per_s']:.0f} img/s"
