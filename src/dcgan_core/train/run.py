"""A training run: what it is made of, the state it goes on from, and what it gives out."""

import logging
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ..data.batches import RealBatches
from ..data.batches_habana import HabanaBatches
from ..data.class_rows import ClassRows, training_classes
from ..data.pack import Pack
from ..device.base import Device
from ..device.distributed import ALONE, World
from ..errors import UserError
from ..nets import Classes, build_networks
from ..params import Params
from ..records import write_json
from ..sample.latents import fixed_latents, save_fixed_latents, training_latents
from .execution.step_result import Batch
from .outputs.history import History
from .outputs.journal import Journal, Tables
from .outputs.record import place, run_record
from .outputs.snapshots import Snapshots
from .position import Position
from .stabilise.early_stopping import EarlyStop
from .stabilise.validation import Validation
from .state.checkpoint import REMEDY, check_state, load_state, save_state
from .step import SETTLED, Stepper
from .watch.guard import SEEN, Guard

log = logging.getLogger("dcgan")

SAVE_EVERY_SECONDS = 60.0
SAVING_SHARE = 0.015
"""The most of the time that saving may take."""


class Run:
    """The parts of one training, on one rank.

    Args:
        size: its name in the settings.
        pack: the training split.
        folder: the run's own; only the first rank's is used.
        world: the ranks.

    Attributes:
        position: how far the run is.
        fixed: the latents of previews and of the watch, N×nz; its storage never changes.

    Raises:
        UserError: the split has too few images, or settings do not go together, or the networks
            are to be conditional and the images have no classes.
    """

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
        labelled = _labelled(pack) if params.model.conditional else None
        classes = Classes(labelled.names, labelled.images) if labelled else Classes()
        networks = build_networks(params, size, classes=classes)
        self.stepper = Stepper(*networks, params, device, training_latents(seed), world)
        self.batches = self._open_batches(pack, labelled)
        self.position = Position(len(self.batches), self.settings)
        self.fixed = fixed_latents(params.model.latent, seed)
        validation = Validation(pack.with_name("validation.npy"), seed, device.device)
        self.early = EarlyStop(params.stabilise, lambda: validation.kid(self.stepper.ema.shadow))
        reals = (self.batches.first(SEEN), self.batches.first_classes(SEEN))
        self.guard = Guard(params, size, self.stepper, self.fixed, *reals)
        self.history = History()
        self.snapshots = Snapshots(folder, size, self.settings, self.position)
        self.journal = Journal(folder / "rows.jsonl")
        self.ran_on: list[dict] = []
        self._saved_at, self._saving_took = time.monotonic(), 0.0
        self.folder.mkdir(parents=True, exist_ok=True)

    def _open_batches(self, pack: Path, labelled: ClassRows | None) -> RealBatches | HabanaBatches:
        settings = self.settings
        batches = RealBatches(
            pack,
            settings.batch_size,
            settings.seed,
            settings.flip,
            self.device.device,
            self.world,
            labelled.rows if labelled else None,
        )
        if settings.loader == "pack":
            return batches
        return HabanaBatches(batches, self.folder / "jpeg", self.device)

    def next_batch(self, epoch: int, index: int) -> Batch:
        """This rank's rows of a real batch; with their classes if the networks are conditional."""
        images = self.batches.batch(epoch, index)
        classes = self.batches.classes(epoch, index)
        return images if classes is None else (images, classes)

    def state_dict(self) -> dict:
        """All that resuming needs beside the journal's rows and the last good state."""
        return {
            **self.position.state_dict(),
            "stepper": self.stepper.state_dict(),
            "fixed_latents": self.fixed,
            "history": self.history.state_dict(),
            "early": self.early.state_dict(),
            "guard": self.guard.state_dict(),
            "ran_on": self.ran_on,
        }

    def load_state_dict(self, state: dict) -> None:
        """Take up a saved state; rows of later steps are dropped."""
        self.position.load_state_dict(state)
        self.stepper.load_state_dict(state["stepper"])
        # In place, since the guard looks at the same latents.
        self.fixed.copy_(state["fixed_latents"])
        self.history.load_state_dict(state["history"])
        self.early.load_state_dict(state["early"])
        self.guard.load_state_dict(state["guard"])
        # States of before do not say.
        self.ran_on = [dict(entry) for entry in state.get("ran_on", [])]

    def _settled(self) -> dict:
        """The parts of the state that are of one kind from the first step to the last."""
        stepper = self.stepper.state_dict()
        return {
            **self.position.state_dict(),
            "stepper": {name: stepper[name] for name in SETTLED},
            "fixed_latents": self.fixed,
        }

    def take_up(self, path: Path, state: dict, rows: Callable[[], Tables]) -> None:
        """Take up the state of a file, which may be damaged or of another training.

        Args:
            path: the file, for messages.
            state: what it holds.
            rows: reads the rows that belong to it; asked by the first rank alone.

        Raises:
            UserError: it is not a state of this one.
        """
        check_state(path, state, self._settled())
        try:
            if self.world.first:
                self._load_rows(rows())
                self.guard.good = state["good"]
            self.load_state_dict(state)
        except (AttributeError, LookupError, TypeError, ValueError, RuntimeError) as error:
            reason = (str(error) or type(error).__name__).splitlines()[0][:120]
            raise UserError(f"{path}: not a state of this training ({reason}). {REMEDY}") from error

    @property
    def _state_path(self) -> Path:
        return self.folder / "state.pt"

    @property
    def rows(self) -> Tables:
        """All that was measured, by table."""
        return {"history": self.history.rows, "gradients": self.guard.table.looks}

    @property
    def save_is_due(self) -> bool:
        """Whether a round has ended or a minute passed, and saving once more costs little.

        What a kill costs is at most the steps since the last save. Were those as short as small
        networks' rounds, saving would take longer than training them once more.
        """
        since = time.monotonic() - self._saved_at
        wanted = self.position.between_rounds or since > SAVE_EVERY_SECONDS
        return wanted and self._saving_took <= SAVING_SHARE * since

    def save(self) -> None:
        """Save all that resuming needs; for the first rank, whose state is all ranks'.

        Raises:
            UserError: the disk is full, or the state cannot be written; the one before is whole.
        """
        started = time.monotonic()
        # Rows first: a state never names rows that are not there.
        journal = self.journal.save(self.rows)
        state = {**self.state_dict(), "journal": journal, "good": self.guard.good}
        save_state(self._state_path, state)
        self._saved_at = time.monotonic()
        self._saving_took = self._saved_at - started

    def resume(self) -> bool:
        """Take up the saved state; all ranks call this.

        Returns:
            Whether there is one.

        Raises:
            UserError: on the first rank: the state is damaged, or of another training.
            ToldElsewhere: on the others then.
        """
        state = load_state(self._state_path, self.world)
        if state is not None:
            path = self._state_path
            rows = partial(self.journal.load, state["journal"])
            self.world.together(lambda: self.take_up(path, state, rows))
            if self.world.first:
                step, images = self.position.step, self.position.images
                log.info("going on from step %d, after %d images", step, images)
        self.note_place()
        return state is not None

    def _load_rows(self, rows: Tables) -> None:
        self.history.load_rows(rows["history"])
        self.guard.table.looks = rows["gradients"]

    def note_place(self) -> None:
        """Write down where the training runs from here on, where that is somewhere else."""
        here = place(self.device, self.world, self.stepper.execution.name)
        if not self.ran_on or here.items() - self.ran_on[-1].items():
            self.ran_on.append({"from_step": self.position.step, **here})

    def go_back(self, state: dict) -> None:
        """Take up the state of an earlier position; all ranks call this."""
        self.load_state_dict(state)
        self.note_place()
        if self.world.first:
            self.journal.cut(self.rows)
            self.snapshots.drop_after(self.position)

    def finish(self) -> None:
        """Write what the stage gives out; for the first rank."""
        position = self.position
        self.device.synchronize()
        save_fixed_latents(self.folder / "snapshots", self.fixed)
        self.snapshots.final(self.stepper.ema.shadow, self.stepper.discriminator, position)
        self.history.write(self.folder / "history.csv")
        self.guard.table.write(self.folder / "gradients.csv")
        record = run_record(
            self.settings,
            self.params.objective,
            self.size,
            self.device,
            self.world,
            execution=self.stepper.execution.name,
            ran_on=self.ran_on,
            watch=self.guard.told,
            epochs=position.epoch,
            steps=position.step,
            images=position.images,
            seconds=position.seconds,
        )
        write_json(self.folder / "run.json", record)


def _labelled(path: Path) -> ClassRows:
    with Pack(path) as pack:
        return training_classes(path.parent, len(pack))
