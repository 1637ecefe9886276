"""The training state: all that resuming needs, in one file that holds no pickled code."""

import io
from pathlib import Path

import torch
from torch import Tensor

from ..device.distributed import ALONE, World
from ..errors import UserError
from ..files import write_bytes

SCHEMA = 3


def to_cpu(value, copy: bool = False):
    """The same dicts and lists with every tensor on the CPU, so that any machine loads them.

    Args:
        value: a tensor, or plain values, dicts and lists that may hold some.
        copy: whether those on the CPU are copied, too, so that training on does not change them.
    """
    if isinstance(value, Tensor):
        return value.detach().to("cpu", copy=copy)
    if isinstance(value, dict):
        return {key: to_cpu(item, copy) for key, item in value.items()}
    if isinstance(value, list):
        return [to_cpu(item, copy) for item in value]
    return value


def save_state(target: Path, state: dict) -> None:
    """Write ``state`` so that a crash at any moment leaves the old file or the new one, whole.

    Raises:
        UserError: as :func:`~.files.write_bytes`.
    """
    write_bytes(target, _packed(state))


def _packed(state: dict) -> memoryview:
    # In memory first: torch.save answers a failing write with an error of its own, which does not
    # say why.
    content = io.BytesIO()
    torch.save({"schema": SCHEMA, **to_cpu(state)}, content)
    return content.getbuffer()


def load_state(path: Path, world: World = ALONE) -> dict | None:
    """The saved state, or None where there is none.

    The first rank reads and passes the bytes on, so that no two can load different states from a
    file system that is slow to tell.

    Raises:
        UserError: on the first rank: the file cannot be read, or was written by another version
            of this format.
        ToldElsewhere: on the others then.
    """
    content = world.decide(lambda: path.read_bytes() if path.exists() else None)
    return None if content is None else world.together(lambda: _parsed(path, content))


def shared_state(state: dict | None, world: World) -> dict:
    """A copy of a state in memory for each rank, as if it were saved and loaded.

    Args:
        state: the first rank's; the others' does not matter.
        world: the ranks; all call this.
    """

    def pack() -> bytes:
        assert state is not None, "the first rank has none"
        return bytes(_packed(state))

    content = world.decide(pack)
    return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)


def _parsed(path: Path, content: bytes) -> dict:
    try:
        state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:
        raise UserError(
            f"{path}: the training state cannot be read ({error}). "
            "Delete it to train from the start."
        ) from error
    if state.get("schema") != SCHEMA:
        raise UserError(
            f"{path}: a training state of schema {state.get('schema')}, not {SCHEMA}. "
            "Delete it to train from the start."
        )
    return state
