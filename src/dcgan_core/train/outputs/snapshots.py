"""The networks that a training gives out: generators on its way, and both at its end."""

import math
from dataclasses import replace
from pathlib import Path

from ...files import remove
from ...nets import Discriminator, Generator
from ...nets.snapshot import SnapshotInfo, save_discriminator, save_generator
from ...nets.snapshot_paths import snapshot_images, snapshot_name
from ...params import Train
from ..position import Position


def kept_steps(position: Position, wanted: int) -> set[int]:
    """The steps of a whole training after which the generator is kept.

    After the first round, at the end, and after every s-th round. s is the power of two that comes
    nearest to the number wanted, so that what a shorter training keeps a longer one keeps, too, or
    leaves out: one that is extended has what it needs.

    Args:
        position: of the training, at any step.
        wanted: about how many.
    """
    rounds = math.ceil(position.total / position.steps_per_round)

    def kept(apart: int) -> set[int]:
        chosen = {1, *range(apart, rounds + 1, apart), rounds}
        return {min(one * position.steps_per_round, position.total) for one in chosen}

    powers = [1 << power for power in range(rounds.bit_length() + 1)]
    return min(map(kept, powers), key=lambda steps: (abs(len(steps) - wanted), len(steps)))


class Snapshots:
    """Networks as files in the run's folder.

    Args:
        folder: gets ``snapshots/images_NNNNNNNNN.safetensors``, ``final.safetensors`` and
            ``discriminator.safetensors``.
        size: its name in the settings.
        settings: the ``train`` section.
        position: of the training; which steps are kept follows from its length.
    """

    def __init__(self, folder: Path, size: str, settings: Train, position: Position):
        self.folder, self.size, self.settings = folder, size, settings
        self.steps = kept_steps(position, settings.snapshots)
        self._images_per_step = position.images_per_step

    def after_step(self, generator: Generator, position: Position) -> None:
        """Save the generator, if the step just done is one of those to keep.

        So is the one that an early stop makes the last.
        """
        if position.ended or position.step in self.steps:
            save_generator(
                self.folder / "snapshots" / snapshot_name(position.images),
                generator,
                self._generator_info(generator, position),
            )

    def final(self, generator: Generator, discriminator: Discriminator, position: Position) -> None:
        """Save both networks as what the training came to."""
        info = self._generator_info(generator, position)
        save_generator(self.folder / "final.safetensors", generator, info)
        path = self.folder / "discriminator.safetensors"
        save_discriminator(path, discriminator, replace(info, weights="raw"))

    def drop_after(self, position: Position) -> None:
        """Remove the snapshots of later steps, which a training that went back may never reach."""
        for path in (self.folder / "snapshots").glob(snapshot_name()):
            if snapshot_images(path) > position.images:
                remove(path)

    def _generator_info(self, generator: Generator, position: Position) -> SnapshotInfo:
        return SnapshotInfo(
            size=self.size,
            height=generator.height,
            width=generator.width,
            channels=generator.channels,
            model=generator.model.model_dump(),
            epoch=position.epoch,
            step=position.step,
            images=position.images,
            weights="ema" if self.settings.ema_decay else "raw",
            classes=dict(zip(generator.classes.names, generator.classes.images, strict=True)),
        )
