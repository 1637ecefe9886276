"""Networks as safetensors: a sample needs the one file and nothing else."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save

from ..device.base import placed
from ..errors import UserError
from ..files import write_bytes
from ..params import Model
from . import build_generator
from .generator import Generator

HEADER = "dcgan_core.generator"
"""The header's one key: safetensors writes several in a random order, and the same weights
must give the same bytes."""
SCHEMA = 3


@dataclass(frozen=True)
class SnapshotInfo:
    """What a snapshot says of itself."""

    size: str
    height: int
    width: int
    channels: int
    model: dict
    """The model section of the settings it was made with."""
    epoch: int
    step: int
    images: int
    weights: str
    """``ema`` or ``raw``."""
    normalization: str = "x = code/127.5 - 1"


def save_generator(target: Path, generator: Generator, info: SnapshotInfo) -> None:
    """Write the weights, contiguous float32 on the CPU, with ``info`` in the header.

    Raises:
        UserError: as :func:`~.files.write_bytes`.
    """
    tensors = {
        name: tensor.detach().cpu().contiguous() for name, tensor in generator.state_dict().items()
    }
    header = {HEADER: json.dumps({"schema": SCHEMA, **asdict(info)})}
    # In memory first: the library answers a full disk with an error of its own.
    write_bytes(target, save(tensors, metadata=header))


def read_info(path: Path | str) -> SnapshotInfo:
    """The header alone.

    Raises:
        UserError: missing, not safetensors, or not a generator of this project.
    """
    try:
        with safe_open(path, framework="pt") as stream:
            header = stream.metadata() or {}
    except (FileNotFoundError, SafetensorError) as error:
        raise UserError(f"{path}: not a readable safetensors file ({error})") from error
    record = json.loads(header.get(HEADER, "{}"))
    schema = record.pop("schema", None)
    if schema != SCHEMA:
        raise UserError(
            f"{path}: not a generator that this version reads (schema {schema}, wanted {SCHEMA})"
        )
    return SnapshotInfo(**record)


def load_generator(path: Path | str, device: str | torch.device = "cpu") -> Generator:
    """A generator in eval mode, from one safetensors file alone.

    Raises:
        UserError: as :func:`read_info`.
    """
    info = read_info(path)
    model = Model.model_validate(info.model)
    # Every weight is replaced; the seed matters to none.
    generator = build_generator(
        info.height, info.width, info.channels, model, torch.Generator().manual_seed(0)
    )
    generator.load_state_dict(load_file(path))
    return placed(generator, torch.device(device)).eval().requires_grad_(False)
