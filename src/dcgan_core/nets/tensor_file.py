"""Reading safetensors: a file's header is compared with what is wanted before its data is read."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor

from ..errors import UserError, shown

REMEDY = "It is damaged, or not of this program. Name another, or train again."
LARGEST_HEADER = 1 << 20
"""Bytes; a header of this program has some thousands."""
DTYPES = {torch.float32: "F32", torch.int64: "I64"}


@dataclass(frozen=True)
class Header:
    """What a safetensors file says of itself.

    Attributes:
        metadata: free texts by key.
        tensors: (dtype in safetensors' words, shape) by name.
    """

    metadata: dict[str, str]
    tensors: dict[str, tuple[str, tuple[int, ...]]]


def read_header(path: Path | str) -> Header:
    """The header alone; that the data is as long as it says is checked, too.

    Raises:
        UserError: missing, not a file, or not safetensors.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise UserError(f"{path}: not a file. {REMEDY}")
        with open(path, "rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
        if length > LARGEST_HEADER:
            raise UserError(f"{path}: not a readable safetensors file (header too large). {REMEDY}")
        with safe_open(path, framework="pt") as opened:
            slices = {name: opened.get_slice(name) for name in opened.keys()}  # noqa: SIM118
            tensors = {
                name: (part.get_dtype(), tuple(part.get_shape())) for name, part in slices.items()
            }
            return Header(opened.metadata() or {}, tensors)
    except (OSError, SafetensorError) as error:
        raise UserError(f"{path}: not a readable safetensors file ({error}). {REMEDY}") from error


def check_tensors(path: Path | str, header: Header, wanted: Mapping[str, Tensor]) -> None:
    """Check that a file holds tensors of certain names, shapes and types.

    Args:
        path: the file, for the message.
        header: the file's.
        wanted: tensors like those that must be there, by name; their values do not matter.

    Raises:
        UserError: names the first that is missing or different.
    """
    for name, like in wanted.items():
        if name not in header.tensors:
            raise UserError(f"{path}: has no weights {name!r}. {REMEDY}")
        dtype, shape = header.tensors[name]
        if (dtype, shape) != (DTYPES[like.dtype], tuple(like.shape)):
            raise UserError(
                f"{path}: {name} is {dtype} {list(shape)}, but its network has "
                f"{DTYPES[like.dtype]} {list(like.shape)}. {REMEDY}"
            )


def read_tensors(
    path: Path | str, header: Header, wanted: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """The tensors of a file, on the CPU.

    Args:
        path: the file.
        header: the file's.
        wanted: as for :func:`check_tensors`; the file may hold no others.

    Raises:
        UserError: as :func:`check_tensors`, or a value is not a finite number.
    """
    check_tensors(path, header, wanted)
    if unknown := sorted(header.tensors.keys() - wanted.keys()):
        raise UserError(f"{path}: its network has no weights {shown(unknown[0])}. {REMEDY}")
    tensors = load_file(path)
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not all_finite(tensor):
            raise UserError(f"{path}: {name} holds values that are not finite numbers. {REMEDY}")
    return tensors


def all_finite(tensor: Tensor) -> bool:
    """Whether no value is NaN or infinite."""
    # The extremes are NaN where any value is, and take no memory of the tensor's size.
    return tensor.numel() == 0 or bool(torch.stack(torch.aminmax(tensor)).isfinite().all())
