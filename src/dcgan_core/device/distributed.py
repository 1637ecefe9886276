"""Several processes at one training: who they are, and what they tell each other.

Each process is a *rank* with an equal share of every batch. The batch in the settings is that of
all ranks together, and random draws are of that whole batch, of which each rank keeps its rows:
how many ranks there are is where, never what.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from ..errors import ToldElsewhere, UserError
from ..process.cores import available_cores
from . import device_class, require, resolve
from .base import Device
from .collectives import Gather, Sum, own_rows, summed, with_peers

PATIENCE = timedelta(minutes=30)
"""How long ranks wait for one that is busy, such as the first with a score or a slow disk. One
that has died is noticed at once."""

T = TypeVar("T")


@dataclass(frozen=True)
class World:
    """The ranks of one training, and this process among them.

    Every method is called by all ranks in the same order. With one rank none communicates.

    Attributes:
        rank: 0 to ``count`` − 1.
        local_rank, local_count: the same among the ranks of this machine.
        control: a gloo group for words on the CPU, beside the device's own for numbers.
    """

    rank: int = 0
    count: int = 1
    local_rank: int = 0
    local_count: int = 1
    control: Any = None

    @property
    def first(self) -> bool:
        """Whether this rank decides, writes files and speaks."""
        return self.rank == 0

    def own_rows(self, whole: Tensor) -> Tensor:
        """This rank's rows of a tensor that holds those of all."""
        return whole if self.count == 1 else own_rows(whole)

    def rand(self, count: int, *rest: int) -> Tensor:
        """``torch.rand`` for ``count`` own rows, from PyTorch's global CPU generator."""
        return self.own_rows(torch.rand(count * self.count, *rest))

    def randint(self, low: int, high: int, count: int) -> Tensor:
        """``torch.randint`` of shape ``count``×1, as :meth:`rand`."""
        return self.own_rows(torch.randint(low, high, (count * self.count, 1)))

    def drawn_like(self, rows: Tensor, draw: Callable[[Tensor], Tensor]) -> Tensor:
        """``draw`` of an empty tensor of all ranks' rows, shaped and laid out like ``rows``."""
        if self.count == 1:
            return draw(rows)
        packed = rows.dim() == 4 and rows.is_contiguous(memory_format=torch.channels_last)
        layout = torch.channels_last if packed else torch.contiguous_format
        whole = torch.ones(
            len(rows) * self.count, *rows.shape[1:], dtype=rows.dtype, device=rows.device
        )
        return self.own_rows(draw(whole.contiguous(memory_format=layout)))

    def gather(self, rows: Tensor) -> Tensor:
        """All ranks' rows; gradients flow back to each rank's own."""
        return rows if self.count == 1 else Gather.apply(rows)

    def average(self, tensor: Tensor) -> Tensor:
        """The mean over ranks, differentiable."""
        return tensor if self.count == 1 else Sum.apply(tensor) / self.count

    @torch.no_grad()
    def average_(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor by its mean over ranks, all in one message."""
        if self.count == 1 or not tensors:
            return
        total = summed(torch.cat([tensor.reshape(-1) for tensor in tensors])) / self.count
        parts = total.split([tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.copy_(part.view_as(tensor))

    def any(self, flag: bool) -> bool:
        """Whether ``flag`` is true on any rank."""
        if self.count == 1:
            return flag
        raised = torch.tensor([float(flag)])
        with with_peers():
            dist.all_reduce(raised, group=self.control)
        return bool(raised.item())

    def decide(self, decision: Callable[[], T]) -> T:
        """What ``decision`` returns on the first rank, which alone takes it.

        Raises:
            UserError: the decision's own, on the first rank.
            ToldElsewhere: on the others then.
        """
        if self.count == 1:
            return decision()
        if not self.first:
            return self._heard()
        try:
            outcome = decision()
        except UserError as error:
            self._say((None, error.exit_code))
            raise
        self._say((outcome, None))
        return outcome

    def together(self, action: Callable[[], T]) -> T:
        """``action``, which all ranks do without a word; if it fails on one, it does on all.

        Raises:
            UserError: on the first rank: what is wrong, on whichever rank it was found.
            ToldElsewhere: on the others then.
        """
        if self.count == 1:
            return action()
        failure: str | None = None
        try:
            result = action()
        except UserError as error:
            failure = str(error)
        failures: list[str | None] = [None] * self.count
        with with_peers():
            dist.all_gather_object(failures, failure, group=self.control)
        said = dict.fromkeys(text for text in failures if text)
        if said and self.first:
            raise UserError(*"\n".join(said).split("\n"))
        if said:
            raise ToldElsewhere(UserError.exit_code)
        return result

    def _say(self, words: tuple) -> None:
        with with_peers():
            dist.broadcast_object_list([words], src=0, group=self.control)

    def _heard(self) -> Any:
        heard: list = [None]
        with with_peers():
            dist.broadcast_object_list(heard, src=0, group=self.control)
        outcome, exit_code = heard[0]
        if exit_code is not None:
            raise ToldElsewhere(exit_code)
        return outcome


ALONE = World()


def launched() -> World | None:
    """The world that torchrun describes in the environment; None outside it."""
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
    if not all(name in os.environ for name in names):
        return None
    rank, count, local_rank, local_count = (int(os.environ[name]) for name in names)
    return World(rank, count, local_rank, local_count)


@contextmanager
def joined(name: str, threads: int | None = None) -> Iterator[tuple[Device, World]]:
    """This rank's device and world; outside torchrun the one device and a world of one.

    Args:
        name: of the device, as :func:`~.resolve` takes it.
        threads: CPU threads of all ranks of this machine together.

    Raises:
        UserError: as :func:`~.resolve`, more ranks than devices, or a device that PyTorch cannot
            share among ranks.
    """
    world = launched()
    if world is None or world.count == 1:
        yield resolve(name, threads), ALONE
        return
    device = _own_device(name, threads, world)
    if device.distributed_backend is None:
        raise UserError(
            f"device {name}: PyTorch has no backend for several processes on it; start one process"
        )
    dist.init_process_group(device.distributed_backend, timeout=PATIENCE)
    control = dist.new_group(backend="gloo", timeout=PATIENCE)
    yield (
        device,
        World(world.rank, world.count, world.local_rank, world.local_count, control),
    )
    # Only after success: with a rank gone there is nobody to say goodbye to.
    dist.destroy_process_group()


def _own_device(name: str, threads: int | None, world: World) -> Device:
    # Before the checks of resolve, which may touch a device.
    device_class(name).take(world.local_rank, world.local_count)
    return resolve(name, max(1, (threads or available_cores()) // world.local_count))


def count_devices(name: str) -> int:
    """How many processes ``auto`` means here: one for each device, and one on the CPU.

    Raises:
        UserError: as :func:`~.require`.
    """
    require(name)
    return device_class(name).count()
