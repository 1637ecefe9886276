"""Real batches, from the pack to the device, in an order that a position alone restores."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..device.base import memory_format, moved
from ..device.distributed import ALONE, World
from ..errors import UserError
from .alpha import premultiplied
from .batch_codes import open_codes
from .codes import tensor_to_unit
from .pack import Pack

MIRROR_STREAM = 1
ORDER_STREAM = 0


def _epoch_rng(seed: int, epoch: int, stream: int) -> torch.Generator:
    """A CPU generator of its own for every epoch and purpose, so that no state need be kept."""
    return torch.Generator().manual_seed((seed * 1_000_003 + epoch) * 2 + stream)


class RealBatches:
    """Batches of the training split, reshuffled each epoch; the last partial one is dropped.

    A batch depends on the seed, the epoch and its index alone: resuming needs no more.
    Where the images themselves are is ``codes``' concern; on a CPU they stay on the disk, and only
    the batch asked for is read.

    Args:
        batch_size: images of all ranks together.
        world: the ranks that share each batch; every one reads its own rows alone.
        classes: the class of each image of the split, from 0; None where none is to be known.

    Raises:
        UserError: the split holds fewer images than one batch, or a batch cannot be shared out.
    """

    def __init__(
        self,
        path: Path,
        batch_size: int,
        seed: int,
        flip: bool,
        device: torch.device,
        world: World = ALONE,
        classes: npt.NDArray[np.int64] | None = None,
    ) -> None:
        if batch_size % world.count:
            fitting = batch_size - batch_size % world.count or world.count
            raise UserError(
                f"train.batch_size = {batch_size} is that of all processes together and does not "
                f"divide into {world.count} processes; make it a multiple, such as {fitting}, or "
                "give --processes a divisor of it"
            )
        self.pack = Pack(path)
        if len(self.pack) < batch_size:
            raise UserError(
                f"train.batch_size = {batch_size} is more than the {len(self.pack)} training "
                f"images in {path}; lower it, or give more images"
            )
        self.batch_size, self.seed, self.flip, self.device = batch_size, seed, flip, device
        self.world, self._classes = world, classes
        self.codes = open_codes(self.pack, device)
        # What an epoch draws goes to a GPU once, so that no batch has to wait for it.
        self._kept = device if device.type == "cuda" else torch.device("cpu")
        self._epoch = -1

    def __len__(self) -> int:
        """Full batches in one epoch."""
        return len(self.pack) // self.batch_size

    @property
    def images(self) -> int:
        """Images of the split."""
        return len(self.pack)

    @property
    def told(self) -> str:
        """Where images come from, for people; empty where there is nothing to say."""
        return self.codes.told

    def _enter(self, epoch: int) -> None:
        count = len(self.pack)
        order_rng = _epoch_rng(self.seed, epoch, ORDER_STREAM)
        order = torch.randperm(count, generator=order_rng)
        self.codes.enter(order)
        mirror_rng = _epoch_rng(self.seed, epoch, MIRROR_STREAM)
        self._mirror = moved(torch.rand(count, generator=mirror_rng) < 0.5, self._kept)
        if self._classes is not None:
            in_order = torch.from_numpy(self._classes[order.numpy()])
            self._classes_in_order = moved(in_order, self._kept)
        self._epoch = epoch

    def batch(self, epoch: int, index: int) -> Tensor:
        """This rank's rows of batch ``index`` of ``epoch``.

        N×C×H×W in [-1,1], on the device, colours premultiplied where there is alpha; N is the
        batch size over the ranks.
        """
        return self._images(epoch, self._own(index))

    def classes(self, epoch: int, index: int) -> Tensor | None:
        """The class of each image of :meth:`batch`, int64 on the device; None where not known."""
        return self._classes_of(epoch, self._own(index))

    def first(self, count: int) -> Tensor:
        """The first images of the first batch, the same on every rank; as :meth:`batch`.

        Args:
            count: at most this many.
        """
        return self._images(0, slice(0, min(count, self.batch_size)))

    def first_classes(self, count: int) -> Tensor | None:
        """The class of each image of :meth:`first`, as :meth:`classes` gives them."""
        return self._classes_of(0, slice(0, min(count, self.batch_size)))

    def _own(self, index: int) -> slice:
        own = self.batch_size // self.world.count
        start = index * self.batch_size + self.world.rank * own
        return slice(start, start + own)

    def _classes_of(self, epoch: int, chosen: slice) -> Tensor | None:
        if self._classes is None:
            return None
        if epoch != self._epoch:
            self._enter(epoch)
        return self._classes_in_order[chosen].to(self.device)

    def _images(self, epoch: int, chosen: slice) -> Tensor:
        if epoch != self._epoch:
            self._enter(epoch)
        then = slice(chosen.start + self.batch_size, chosen.stop + self.batch_size)
        codes = self.codes.take(chosen, then)
        images = premultiplied(tensor_to_unit(codes.permute(0, 3, 1, 2)))
        if self.flip:
            mirror = self._mirror[chosen].to(self.device).view(-1, 1, 1, 1)
            images = torch.where(mirror, images.flip(3), images)
        return images.contiguous(memory_format=memory_format(self.device))
