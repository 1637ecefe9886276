"""Real batches through HabanaDataLoader, for those who want a Gaudi to decode their images.

Slower to start, lossy and not repeatable; docs/devices.md says why the pack is recommended.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from ..device.base import Device
from ..errors import UserError
from ..files import writing_folder
from .batches import RealBatches
from .codes import array_to_codes
from .pack import Pack

log = logging.getLogger("dcgan")

QUALITY = 95


class HabanaBatches:
    """Batches of the training split from JPEG files, in the loader's own order.

    The order is not seeded: which images a batch holds is not known before, and a training that
    was cut off goes on with the epoch's images drawn anew. Everything else is as in
    :class:`RealBatches`.

    Args:
        packed: the batches to stand in for; gives split, batch size and mirroring.
        folder: where the split is written as JPEG files, once.

    Raises:
        UserError: images of 1 or 4 channels, several processes, another device than an HPU, or a
            loader that would not run on it.
    """

    def __init__(self, packed: RealBatches, folder: Path, device: Device) -> None:
        if device.name != "hpu":
            raise UserError(
                f"train.loader = habana needs device hpu, not {device.name}; set it to pack"
            )
        if packed.world.count > 1:
            raise UserError(
                f"train.loader = habana serves one process, not {packed.world.count}; set it to "
                "pack"
            )
        pack = packed.pack
        if pack.channels != 3:
            raise UserError("train.loader = habana reads images of 3 channels only; set it to pack")
        from ..device.habana_loader import open_loader

        self._packed, self._device = packed, device
        write_jpegs(pack, folder)
        size = (pack.height, pack.width)
        self._loader = open_loader(folder, packed.batch_size, size)
        self._position: tuple[int, int] | None = None
        self._iterator: Iterator = iter(())
        log.warning("train.loader = habana: this training cannot be repeated to the same bits")

    def __len__(self) -> int:
        """Full batches in one epoch."""
        return len(self._packed)

    @property
    def images(self) -> int:
        """Images of the split."""
        return self._packed.images

    @property
    def told(self) -> str:
        """Nothing beside the warning that it gave."""
        return ""

    def first(self, count: int) -> Tensor:
        """The first packed images, as :meth:`RealBatches.first` gives them."""
        return self._packed.first(count)

    def classes(self, _epoch: int, _index: int) -> None:
        """None: the loader's order is its own, so no class is known."""

    def first_classes(self, _count: int) -> None:
        """None, as :meth:`classes`."""

    def batch(self, epoch: int, index: int) -> Tensor:
        """The loader's next batch: N×C×H×W in [-1,1] on the device.

        An epoch's first index, and any that does not follow the last one asked for, begin anew.
        """
        if index == 0 or self._position != (epoch, index - 1):
            self._iterator = iter(self._loader)
        self._position = (epoch, index)
        images = next(self._iterator)[0].to(self._device.device)
        if self._packed.flip:
            mirror = (torch.rand(len(images)) < 0.5).to(self._device.device)
            images = torch.where(mirror.view(-1, 1, 1, 1), images.flip(3), images)
        return images


def write_jpegs(pack: Pack, folder: Path) -> None:
    """Write ``folder/all/NNNNNNN.jpg``, quality 95, for every image; all of them or none."""
    if folder.exists():
        return
    with writing_folder(folder, mark="all") as part:
        (part / "all").mkdir()
        for row in range(len(pack)):
            codes = array_to_codes(pack.read([row])[0])
            Image.fromarray(codes).save(part / "all" / f"{row:07d}.jpg", quality=QUALITY)
