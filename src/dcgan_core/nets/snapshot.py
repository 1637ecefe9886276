"""Networks as safetensors: a sample needs the one file and nothing else, and so do D's features."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Generic

import torch
from pydantic import ValidationError
from safetensors.torch import save
from torch import nn

from ..device.base import Network, placed
from ..errors import UserError, shown
from ..files import write_bytes
from ..params import Model, parse_size
from ..records import Kind, check_keys, parse_json
from . import build_discriminator, build_generator
from .classes import Classes
from .discriminator import Discriminator
from .generator import Generator
from .tensor_file import REMEDY, Header, check_tensors, read_header, read_tensors

HEADER = "dcgan_core.generator"
"""The one key in a generator's header: safetensors writes several in a random order, and the same
weights must give the same bytes."""
DISCRIMINATOR_HEADER = "dcgan_core.discriminator"
"""The same of a discriminator's."""
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
    """``ema`` or ``raw``; a discriminator's are never averaged."""
    normalization: str = "x = code/127.5 - 1"
    classes: dict[str, int] = field(default_factory=dict)
    """Of a conditional network: the training images of each class, in the classes' order."""


@dataclass(frozen=True)
class _Kind(Generic[Network]):
    """One kind of network in files.

    Attributes:
        name: what messages call it.
        header: the header's key.
        make: the network of a height, a width, a number of channels, a model section and classes.
        build: the same with initial weights from a generator of random numbers, and with
            whatever turns some weights into others.
    """

    name: str
    header: str
    make: Callable[[int, int, int, Model, Classes], Network]
    build: Callable[[int, int, int, Model, torch.Generator, Classes], Network]


GENERATOR = _Kind("generator", HEADER, Generator, build_generator)
DISCRIMINATOR = _Kind("discriminator", DISCRIMINATOR_HEADER, Discriminator, build_discriminator)


def save_generator(target: Path, generator: Generator, info: SnapshotInfo) -> None:
    """Write the weights, contiguous float32 on the CPU, with ``info`` in the header.

    Raises:
        UserError: as :func:`~.files.write_bytes`.
    """
    _save(target, generator, info, HEADER)


def save_discriminator(target: Path, discriminator: Discriminator, info: SnapshotInfo) -> None:
    """The same of a discriminator."""
    _save(target, discriminator, info, DISCRIMINATOR_HEADER)


def _save(target: Path, network: nn.Module, info: SnapshotInfo, key: str) -> None:
    tensors = {
        name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()
    }
    header = {key: json.dumps({"schema": SCHEMA, **_written(info)})}
    # In memory first: the library answers a full disk with an error of its own.
    write_bytes(target, save(tensors, metadata=header))


def _written(info: SnapshotInfo) -> dict:
    """The header's record. That a network is conditional is said by its classes alone."""
    record = asdict(info)
    record["model"].pop("conditional", None)
    if not record["classes"]:
        del record["classes"]
    return record


def read_info(path: Path | str) -> SnapshotInfo:
    """A generator's header alone.

    Raises:
        UserError: missing, not safetensors, or not a generator of this project.
    """
    return _info(path, read_header(path), GENERATOR)


def load_generator(path: Path | str, device: str | torch.device = "cpu") -> Generator:
    """A generator in eval mode, from one safetensors file alone.

    Raises:
        UserError: as :func:`read_info`; or the weights are not those of the network that the
            header tells of, or not finite numbers.
    """
    return _load(path, device, GENERATOR)


def load_discriminator(path: Path | str, device: str | torch.device = "cpu") -> Discriminator:
    """The same of a discriminator."""
    return _load(path, device, DISCRIMINATOR)


def _load(path: Path | str, device: str | torch.device, kind: _Kind[Network]) -> Network:
    header = read_header(path)
    info = _info(path, header, kind)
    model = Model.model_validate(info.model)
    classes = Classes(tuple(info.classes), tuple(info.classes.values()))
    _check_shapes(path, header, info, model, classes, kind)
    # Every weight is replaced; the seed matters to none.
    rng = torch.Generator().manual_seed(0)
    network = kind.build(info.height, info.width, info.channels, model, rng, classes)
    network.load_state_dict(read_tensors(path, header, network.state_dict()))
    return placed(network, torch.device(device)).eval().requires_grad_(False)


def _info(path: Path | str, header: Header, kind: _Kind) -> SnapshotInfo:
    try:
        record = parse_json(header.metadata.get(kind.header, "{}"))
    except ValueError as error:
        raise UserError(f"{path}: not a {kind.name} of this program ({error}). {REMEDY}") from error
    schema = record.pop("schema", None)
    if schema != SCHEMA:
        raise UserError(
            f"{path}: not a {kind.name} that this version reads (schema {shown(schema)}, wanted "
            f"{SCHEMA}). {REMEDY}"
        )
    optional: dict[str, Kind] = {"normalization": str, "classes": dict}
    check_keys(str(path), record, KINDS, optional, REMEDY)
    if unknown := record.keys() - {*KINDS, *optional}:
        raise UserError(f"{path}: does not know {shown(min(unknown))}. {REMEDY}")
    info = _with_classes(path, SnapshotInfo(**record))
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
    if sides != (info.height, info.width) or info.channels not in (1, 3, 4):
        made = f"{shown(info.height)}x{shown(info.width)}x{shown(info.channels)}"
        raise UserError(f"{path}: makes {made} at size {info.size!r}. {REMEDY}")
    return info


def _with_classes(path: Path | str, info: SnapshotInfo) -> SnapshotInfo:
    """With a model section that says whether there are classes, as the settings' does.

    Raises:
        UserError: there is one class alone, or of one there are no training images.
    """
    images = info.classes.values()
    if len(images) == 1 or not all(type(count) is int and count > 0 for count in images):
        raise UserError(f"{path}: classes = {shown(info.classes)}. {REMEDY}")
    return replace(info, model={**info.model, "conditional": bool(info.classes)})


def _check_shapes(
    path: Path | str,
    header: Header,
    info: SnapshotInfo,
    model: Model,
    classes: Classes,
    kind: _Kind,
) -> None:
    """Compare the network that the header tells of with the weights that the file has.

    On the meta device, where a network of any size costs nothing.

    Raises:
        UserError: as :func:`~.tensor_file.check_tensors`.
    """
    with torch.device("meta"):
        network = kind.make(info.height, info.width, info.channels, model, classes)
        bare = network.state_dict()
    wanted = {}
    for name, tensor in bare.items():
        layer, _, kind = name.rpartition(".")
        original = f"{layer}.parametrizations.{kind}.original"
        wanted[original if original in header.tensors else name] = tensor
    check_tensors(path, header, wanted)
