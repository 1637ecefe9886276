"""Latents in files of their own, for people to keep and to give to the commands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from ..errors import UserError
from ..files import write_bytes
from ..nets.tensor_file import all_finite, read_header, read_tensors

NAME = "latents"
HEADER = "dcgan_core.latents"
REMEDY = "Name a file of project's, or of K latents (K × length, float32) as .safetensors or .npy."


def save_latents(target: Path, latents: Tensor, facts: Mapping[str, Any]) -> None:
    """Write latents K×nz as safetensors, with facts in the header.

    Raises:
        UserError: as :func:`~.files.write_bytes`.
    """
    told = {HEADER: json.dumps(facts, ensure_ascii=False)}
    write_bytes(target, save({NAME: latents.contiguous()}, metadata=told))


def load_latents(path: Path, length: int) -> Tensor:
    """Latents K×nz, float32, of a ``.safetensors`` or ``.npy`` file; one alone may be flat.

    Args:
        path: the file.
        length: nz of the generator that they are for.

    Raises:
        UserError: no such file, it holds no such latents, or they are of another length.
    """
    latents = _from_npy(path) if path.suffix.lower() == ".npy" else _from_safetensors(path)
    if latents.ndim == 1:
        latents = latents[None]
    if latents.ndim != 2 or not len(latents) or not all_finite(latents):
        raise UserError(f"{path}: holds {NAME} of shape {list(latents.shape)}. {REMEDY}")
    if latents.shape[1] != length:
        raise UserError(
            f"{path}: holds latents of length {latents.shape[1]}, but the generator's have length "
            f"{length}. Name the snapshot that they were made with."
        )
    return latents


def _from_safetensors(path: Path) -> Tensor:
    header = read_header(path)
    kind, shape = header.tensors.get(NAME, ("", ()))
    if kind != "F32":
        raise UserError(f"{path}: holds no {NAME} of float32. {REMEDY}")
    return read_tensors(path, header, {NAME: torch.empty(shape, device="meta")})[NAME]


def _from_npy(path: Path) -> Tensor:
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: not an array of NumPy's ({error}). {REMEDY}") from error
    if array.dtype.kind != "f":
        raise UserError(f"{path}: holds values of type {array.dtype}. {REMEDY}")
    return torch.from_numpy(array.astype(np.float32))
