"""Sums and gathers over ranks that gradients pass through, to any order.

Every rank differentiates its own loss, so what flows back into a shared value is the sum over all
ranks. Summing is its own adjoint; gathering and summing-then-keeping-one's-own-rows are each
other's. Each backward is made of the others' forwards, which is what R1's second derivative needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.distributed as dist
from torch import Tensor

from ..errors import RankLost


@contextmanager
def with_peers() -> Iterator[None]:
    """Say in one line that a rank is gone, where the transport says it in its own words.

    Raises:
        RankLost: the transport failed.
    """
    try:
        yield
    except RuntimeError as error:
        reason = re.sub(r"^\[.*?\]\s*", "", str(error).strip().splitlines()[-1]).split(". ")[0]
        raise RankLost(
            f"another process of this training has ended ({reason}), so this one ends too. The "
            "state saved last is kept: the same command goes on from there"
        ) from error


def summed(tensor: Tensor) -> Tensor:
    """The sum over ranks, as a new tensor without a graph."""
    total = tensor.detach().clone(memory_format=torch.contiguous_format)
    with with_peers():
        dist.all_reduce(total)
    return total


def gathered(rows: Tensor) -> Tensor:
    """All ranks' rows in the order of ranks, as a new tensor without a graph."""
    mine = rows.detach().contiguous()
    parts = [torch.empty_like(mine) for _ in range(dist.get_world_size())]
    with with_peers():
        dist.all_gather(parts, mine)
    return torch.cat(parts)


def own_rows(whole: Tensor) -> Tensor:
    """This rank's equal part of dimension 0."""
    return whole.chunk(dist.get_world_size())[dist.get_rank()]


class Sum(torch.autograd.Function):
    """The sum over ranks; the gradient is the sum of all ranks' gradients."""

    @staticmethod
    def forward(_context, tensor):
        return summed(tensor)

    @staticmethod
    def backward(_context, gradient):
        return Sum.apply(gradient)


class Gather(torch.autograd.Function):
    """n×… on each rank becomes all ranks' rows, in the order of ranks."""

    @staticmethod
    def forward(_context, rows):
        return gathered(rows)

    @staticmethod
    def backward(_context, gradient):
        return SumOwnRows.apply(gradient)


class SumOwnRows(torch.autograd.Function):
    """The adjoint of :class:`Gather`: the sum over ranks, of which each keeps its own rows."""

    @staticmethod
    def forward(_context, rows):
        return own_rows(summed(rows)).clone()

    @staticmethod
    def backward(_context, gradient):
        return Gather.apply(gradient)
