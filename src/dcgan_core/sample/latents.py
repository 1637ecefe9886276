"""Latents, always from CPU generators of their own, so that they are the same on every device."""

from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor

from ..errors import UserError
from ..files import write_bytes
from ..nets.tensor_file import REMEDY, read_header, read_tensors

FIXED_COUNT = 256
_FIXED_STREAM = 0x6678
_TRAINING_STREAM = 0x6C61
_SCORING_STREAM = 0x7363
FIXED_FILE = "fixed_latents.safetensors"


def draw_latents(count: int, length: int, seed: int) -> Tensor:
    """count×nz standard normal latents; a row does not depend on how many rows are drawn."""
    # torch draws normal numbers sixteen at a time and the rest in another way.
    sixteens = -(-count // 16) * 16
    return torch.randn(sixteens, length, generator=torch.Generator().manual_seed(seed))[:count]


def scoring_latents(count: int, length: int, seed: int) -> Tensor:
    """Those of final scores; the snapshot is chosen by those of :func:`draw_latents`."""
    return draw_latents(count, length, seed ^ _SCORING_STREAM)


def training_latents(seed: int) -> torch.Generator:
    """The CPU generator that a training draws all its latents from, one batch after another."""
    return torch.Generator().manual_seed(seed ^ _TRAINING_STREAM)


def fixed_latents(length: int, seed: int) -> Tensor:
    """The latents every preview and GIF frame shows: made once, then kept with the run."""
    return draw_latents(FIXED_COUNT, length, seed ^ _FIXED_STREAM)


def save_fixed_latents(snapshots: Path, latents: Tensor) -> None:
    """Keep them beside the snapshots they belong to."""
    write_bytes(snapshots / FIXED_FILE, save({"latents": latents.contiguous()}))


def load_fixed_latents(snapshots: Path) -> Tensor:
    """FIXED_COUNT×nz, as saved.

    Raises:
        UserError: missing, not safetensors, or not such latents.
    """
    path = snapshots / FIXED_FILE
    header = read_header(path)
    _, shape = header.tensors.get("latents", ("", ()))
    if len(shape) != 2 or shape[0] != FIXED_COUNT:
        raise UserError(f"{path}: does not hold {FIXED_COUNT} latents. {REMEDY}")
    return read_tensors(path, header, {"latents": torch.empty(shape, device="meta")})["latents"]
