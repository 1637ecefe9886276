"""The training state: all that resuming needs, in one file that holds no pickled code."""

import io
import os
from pathlib import Path

import torch
from torch import Tensor

from ..device.distributed import ALONE, World
from ..errors import UserError
from ..files import writing

SCHEMA = 2


def to_cpu(value):
    """The same dicts and lists with every tensor on the CPU, so that any machine loads them."""
    if isinstance(value, Tensor):
        return value.detach().cpu()
    if isinstance(value, dict):
        return {key: to_cpu(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_cpu(item) for item in value]
    return value


def save_state(target: Path, state: dict) -> None:
    """Write ``state`` so that a crash at any moment leaves the old file or the new one, whole."""
    with writing(target) as part, part.open("wb") as stream:
        torch.save({"schema": SCHEMA, **to_cpu(state)}, stream)
        stream.flush()
        os.fsync(stream.fileno())


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
