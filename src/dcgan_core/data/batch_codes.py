"""Where the codes of a batch come from: read when they are asked for, before, or never again."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..device.base import free_memory, moved
from ..progress import progress
from .pack import Pack

RESIDENT_SHARE = 0.25
"""The most of a device's free memory that the images may take."""
AT_A_TIME = 2048
"""Images that are read at once where all are read."""


class Codes(Protocol):
    """Rows of a pack on a device, by their places in an epoch's order."""

    told: str
    """Where they come from, for people; empty where there is nothing to say."""

    def enter(self, order: Tensor) -> None:
        """Begin an epoch: the pack's rows in their order, int64 on the CPU."""

    def take(self, chosen: slice, then: slice) -> Tensor:
        """The codes N×H×W×C at some places of the order, on the device.

        Args:
            chosen: the places.
            then: those asked for next, if the epoch goes on.
        """


def open_codes(pack: Pack, device: torch.device) -> Codes:
    """How a device is given a pack's codes: a GPU keeps them, if they fit, or is read for ahead."""
    free = free_memory(device)
    if free is None:
        return ReadCodes(pack, device)
    if pack_bytes(pack) <= RESIDENT_SHARE * free:
        return ResidentCodes(pack, device)
    return AheadCodes(pack, device)


def pack_bytes(pack: Pack) -> int:
    """Bytes of all of a pack's images."""
    return len(pack) * pack.height * pack.width * pack.channels * pack.dtype.itemsize


class ReadCodes:
    """From the disk, when they are asked for."""

    told = ""

    def __init__(self, pack: Pack, device: torch.device):
        self.pack, self.device = pack, device
        self._order: npt.NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def enter(self, order: Tensor) -> None:
        self._order = order.numpy()

    def take(self, chosen: slice, then: slice) -> Tensor:
        return torch.from_numpy(self.pack.read(self._order[chosen])).to(self.device)


class AheadCodes(ReadCodes):
    """From the disk, by a thread that reads the next ones while the device is at work."""

    def __init__(self, pack: Pack, device: torch.device):
        # With its number, which a thread has to know.
        super().__init__(pack, torch.empty(0, device=device).device)
        self.told = f"its {len(pack):,} images are read from the disk ahead of each step"
        self._reader = ThreadPoolExecutor(1, "reader", initializer=self._join)
        self._next: tuple[slice, Future[Tensor]] | None = None

    def enter(self, order: Tensor) -> None:
        super().enter(order)
        self._next = None

    def take(self, chosen: slice, then: slice) -> Tensor:
        known, self._next = self._next, None
        codes = known[1].result() if known and known[0] == chosen else self._read(chosen)
        if then.stop <= len(self._order):
            self._next = (then, self._reader.submit(self._read, then))
        return codes.to(self.device, non_blocking=True)

    def _join(self) -> None:
        # A new thread would ask the first GPU for its memory.
        if self.device.type == "cuda":
            torch.cuda.set_device(self.device)

    def _read(self, chosen: slice) -> Tensor:
        codes = torch.from_numpy(self.pack.read(self._order[chosen]))
        return codes.pin_memory() if self.device.type == "cuda" else codes


class ResidentCodes:
    """From the device's own memory, where all have been put once."""

    def __init__(self, pack: Pack, device: torch.device):
        count = len(pack)
        megabytes = pack_bytes(pack) / 1e6
        self.told = f"its {count:,} images are in the device's memory ({megabytes:,.0f} MB)"
        shape = (count, pack.height, pack.width, pack.channels)
        dtype = torch.from_numpy(np.empty(0, pack.dtype)).dtype
        self._codes = torch.empty(shape, dtype=dtype, device=device)
        with progress("images to the device", count, "images") as bar:
            for start in range(0, count, AT_A_TIME):
                rows = np.arange(start, min(start + AT_A_TIME, count))
                self._codes[start : start + len(rows)] = torch.from_numpy(pack.read(rows))
                bar.advance(len(rows))
        self._order = torch.empty(0, dtype=torch.int64, device=device)

    def enter(self, order: Tensor) -> None:
        self._order = moved(order, self._codes.device)

    def take(self, chosen: slice, then: slice) -> Tensor:
        return self._codes[self._order[chosen]]
