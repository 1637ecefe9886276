"""The networks that a training gives out: generators after some epochs, and both at its end."""

from dataclasses import replace
from pathlib import Path

from ...files import remove
from ...nets import Discriminator, Generator
from ...nets.snapshot import SnapshotInfo, save_discriminator, save_generator
from ...params import Train
from ..position import Position


class Snapshots:
    """Networks as files in the run's folder.

    Args:
        folder: gets ``snapshots/epoch_NNNN.safetensors``, ``final.safetensors`` and
            ``discriminator.safetensors``.
        size: its name in the settings.
        settings: the ``train`` section.
    """

    def __init__(self, folder: Path, size: str, settings: Train):
        self.folder, self.size, self.settings = folder, size, settings

    def after_epoch(self, generator: Generator, position: Position) -> None:
        """Save the generator, if the epoch just completed is one of those to keep.

        The first and the last one are; so is the one that an early stop makes the last.
        """
        epoch, settings = position.epoch, self.settings
        kept = position.ended or epoch in (1, settings.epochs)
        if kept or epoch % settings.snapshot_every == 0:
            path = self.folder / "snapshots" / f"epoch_{epoch:04d}.safetensors"
            save_generator(path, generator, self._generator_info(generator, position))

    def final(self, generator: Generator, discriminator: Discriminator, position: Position) -> None:
        """Save both networks as what the training came to."""
        info = self._generator_info(generator, position)
        save_generator(self.folder / "final.safetensors", generator, info)
        path = self.folder / "discriminator.safetensors"
        save_discriminator(path, discriminator, replace(info, weights="raw"))

    def drop_after(self, epoch: int) -> None:
        """Remove the snapshots of later epochs, which a training that went back may never reach."""
        for path in (self.folder / "snapshots").glob("epoch_*.safetensors"):
            if int(path.stem.removeprefix("epoch_")) > epoch:
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
