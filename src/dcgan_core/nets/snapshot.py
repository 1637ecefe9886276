"""Networks as safetensors: a sample needs the one file and nothing else."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from pydantic import ValidationError
from safetensors.torch import save

from ..device.base import placed
from ..errors import UserError, shown
from ..files import write_bytes
from ..params import Model, parse_size
from ..records import Kind, check_keys, parse_json
from . import build_generator
from .generator import Generator
from .tensor_file import REMEDY, Header, check_tensors, read_header, read_tensors

HEADER = "dcgan_core.generator"
"""The header's one key: safetensors writes several in a random order, and the same weights
must give the same bytes."""
SCHEMA = 3
KINDS: dict[str, Kind] = {
    **dict.fromkeys(("size", "weights"), str),
    **dict.fromkeys(("height", "width", "channels", "epoch", "step", "images"), int),
    "model": dict,
}


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
    return _info(path, read_header(path))


def load_generator(path: Path | str, device: str | torch.device = "cpu") -> Generator:
    """A generator in eval mode, from one safetensors file alone.

    Raises:
        UserError: as :func:`read_info`; or the weights are not those of the network that the
            header tells of, or not finite numbers.
    """
    header = read_header(path)
    info = _info(path, header)
    model = Model.model_validate(info.model)
    _check_shapes(path, header, info, model)
    # Every weight is replaced; the seed matters to none.
    generator = build_generator(
        info.height, info.width, info.channels, model, torch.Generator().manual_seed(0)
    )
    generator.load_state_dict(read_tensors(path, header, generator.state_dict()))
    return placed(generator, torch.device(device)).eval().requires_grad_(False)


def _info(path: Path | str, header: Header) -> SnapshotInfo:
    try:
        record = parse_json(header.metadata.get(HEADER, "{}"))
    except ValueError as error:
        raise UserError(f"{path}: not a generator of this program ({error}). {REMEDY}") from error
    schema = record.pop("schema", None)
    if schema != SCHEMA:
        raise UserError(
            f"{path}: not a generator that this version reads (schema {shown(schema)}, wanted "
            f"{SCHEMA}). {REMEDY}"
        )
    check_keys(str(path), record, KINDS, {"normalization": str}, REMEDY)
    if unknown := record.keys() - {*KINDS, "normalization"}:
        raise UserError(f"{path}: does not know {shown(min(unknown))}. {REMEDY}")
    info = SnapshotInfo(**record)
    try:
        Model.model_validate(info.model)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in wrong["loc"])
        raise UserError(
            f"{path}: model.{name} = {shown(wrong['input'])}: {wrong['msg']}. {REMEDY}"
        ) from error
    try:
        sides = parse_size(info.size)
    except ValueError as error:
        raise UserError(f"{path}: size {shown(info.size)}: {error}. {REMEDY}") from error
    if sides != (info.height, info.width) or info.channels not in (1, 3):
        made = f"{shown(info.height)}x{shown(info.width)}x{shown(info.channels)}"
        raise UserError(f"{path}: makes {made} at size {info.size!r}. {REMEDY}")
    return info


def _check_shapes(path: Path | str, header: Header, info: SnapshotInfo, model: Model) -> None:
    """Compare the network that the header tells of with the weights that the file has.

    On the meta device, where a network of any size costs nothing.

    Raises:
        UserError: as :func:`~.tensor_file.check_tensors`.
    """
    with torch.device("meta"):
        bare = Generator(info.height, info.width, info.channels, model).state_dict()
    wanted = {}
    for name, tensor in bare.items():
        layer, _, kind = name.rpartition(".")
        original = f"{layer}.parametrizations.{kind}.original"
        wanted[original if original in header.tensors else name] = tensor
    check_tensors(path, header, wanted)
