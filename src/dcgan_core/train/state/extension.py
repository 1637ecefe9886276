"""Going on from a finished training for more images, as if it had been that long from the start."""

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

from ...files import sha256_file, writing
from ...nets.snapshot_paths import snapshot_name, snapshot_paths
from ..run import Run
from .checkpoint import load_state, save_state

log = logging.getLogger("dcgan")

FILE = "training_state.pt"


@dataclass(frozen=True)
class Finished:
    """Where a training is published when it has finished.

    Attributes:
        results: the folder, with FILE and ``snapshots/`` if one has finished there.
        made_from: names all that trainings that may continue each other have in common: settings
            but those of length, images, code.
    """

    results: Path
    made_from: str


def save_finished(run: Run, made_from: str) -> None:
    """Write FILE into the run's folder: the state at its end, its rows, the hashes of snapshots.

    For the first rank.

    Raises:
        UserError: the disk is full, or the state cannot be written.
    """
    kept = {path.name: sha256_file(path) for path in snapshot_paths(run.folder / "snapshots")}
    state = {
        **run.state_dict(),
        "good": run.guard.good,
        "rows": run.rows,
        "total": run.position.total,
        "steps_per_round": run.position.steps_per_round,
        "snapshots": kept,
        "made_from": made_from,
    }
    save_state(run.folder / FILE, state)
    size = (run.folder / FILE).stat().st_size / 1e6
    log.info("train %s: %s is %.1f MB; a longer training goes on from it", run.size, FILE, size)


def continue_finished(run: Run, finished: Finished) -> bool:
    """Have the run go on from a finished training, if one of its length went through that.

    All ranks call this, of a run that has not begun. Why it cannot be is told, unless the two
    differ in more than their length.

    Returns:
        Whether it goes on from there.

    Raises:
        UserError: on the first rank: the state is damaged.
        ToldElsewhere: on the others then.
    """
    path, world = finished.results / FILE, run.world
    state = load_state(path, world)
    if state is None or state["made_from"] != finished.made_from:
        return False
    reason = world.decide(lambda: _objection(run, state, finished.results / "snapshots"))
    if reason:
        if world.first:
            log.info(
                "train %s: cannot go on from the finished training of %d steps: %s. Training from "
                "the start.",
                *(run.size, state["step"], reason),
            )
        return False
    world.together(lambda: run.take_up(path, state, lambda: state["rows"]))
    run.note_place()
    if world.first:
        _copy_snapshots(run, finished.results)
        run.save()
        log.info("train %s: going on from the finished training, step %d", run.size, state["step"])
    return True


def _objection(run: Run, state: dict, snapshots: Path) -> str | None:
    """Why a training of this length would not have gone through a finished one's end."""
    position, settings = run.position, run.settings
    if state["ended"]:
        return "it stopped early (stabilise.stop_on)"
    if state["steps_per_round"] != position.steps_per_round:
        return "of train.epochs and train.images it had the other"
    if state["total"] > position.total:
        return f"it was longer than the {position.total} steps asked for now"
    if state["total"] < position.total:
        if settings.schedule != "constant":
            return f"train.schedule = {settings.schedule} had already lowered its learning rates"
        if run.params.stabilise.noise and run.params.stabilise.noise_until:
            return "stabilise.noise_until had already lowered its noise"
    for step in sorted(run.snapshots.steps):
        name = snapshot_name(step * position.images_per_step)
        if step > state["total"]:
            break
        if name not in state["snapshots"]:
            return f"it did not keep snapshots/{name}, which train.snapshots asks for"
        path = snapshots / name
        if not path.is_file() or sha256_file(path) != state["snapshots"][name]:
            return f"{path} is not as it wrote it"
    return None


def _copy_snapshots(run: Run, results: Path) -> None:
    """Take over the snapshots that this training keeps, too."""
    for step in run.snapshots.steps:
        name = snapshot_name(step * run.position.images_per_step)
        source = results / "snapshots" / name
        if step <= run.position.step:
            with writing(run.folder / "snapshots" / name, source.stat().st_size) as part:
                shutil.copyfile(source, part)
