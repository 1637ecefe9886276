"""Weights that others have saved with PyTorch, read as data: nothing in a file is ever run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from ..errors import UserError, shown
from ..nets.tensor_file import all_finite

DTYPES = (torch.float32, torch.int64)


def read_state_dict(path: Path | str, remedy: str) -> dict[str, Tensor]:
    """The tensors of a .pth file by name, on the CPU, of float32 or int64.

    Args:
        path: the file.
        remedy: what to do about a file that is not good, as a sentence.

    Raises:
        UserError: it is missing or damaged, holds anything but tensors, or values that are not
            finite numbers.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # Damaged files make PyTorch raise errors of any class, with texts of many lines.
        reason = getattr(error, "strerror", None) or str(error).strip().partition("\n")[0]
        raise UserError(f"{path}: not readable as weights ({reason}). {remedy}") from error
    if not isinstance(state, dict) or not state:
        raise UserError(f"{path}: holds no tensors by name. {remedy}")
    for name, tensor in state.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise UserError(f"{path}: {shown(name)} is no tensor with a name. {remedy}")
        if tensor.dtype not in DTYPES or tensor.layout != torch.strided:
            raise UserError(
                f"{path}: {shown(name)} is {tensor.dtype} ({tensor.layout}); weights are dense "
                f"float32 or int64. {remedy}"
            )
        if tensor.is_floating_point() and not all_finite(tensor):
            raise UserError(
                f"{path}: {shown(name)} holds values that are not finite numbers. {remedy}"
            )
    return state


def check_state_dict(
    path: Path | str, state: Mapping[str, Tensor], wanted: Mapping[str, Tensor], remedy: str
) -> None:
    """Check that tensors have the names, shapes and types that a network's have.

    Args:
        path: their file, for the message.
        state: the tensors by name.
        wanted: tensors like those that must be there; their values do not matter.
        remedy: as for :func:`read_state_dict`.

    Raises:
        UserError: names the first that is missing, different or not the network's.
    """
    for name, like in wanted.items():
        if name not in state:
            raise UserError(f"{path}: has no weights {name}. {remedy}")
        found = state[name]
        if (found.dtype, found.shape) != (like.dtype, like.shape):
            raise UserError(
                f"{path}: {name} is {found.dtype} {list(found.shape)}, but its network has "
                f"{like.dtype} {list(like.shape)}. {remedy}"
            )
    if unknown := sorted(state.keys() - wanted.keys()):
        raise UserError(f"{path}: its network has no weights {shown(unknown[0])}. {remedy}")
