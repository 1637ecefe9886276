"""The training state: all that resuming needs, in one file that holds no pickled code."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...device.distributed import ALONE, World
from ...errors import UserError, shown
from ...files import write_bytes
from ...records import check_keys

SCHEMA = 3
REMEDY = "Delete it to train from the start."
MISSING = object()


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
    content = world.decide(lambda: _content(path))
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


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}). {REMEDY}") from error


def _parsed(path: Path, content: bytes) -> dict:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            # As torch.save leaves them. Others may be a thousand times as large as the file.
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
                raise ValueError("holds compressed data")
            if damaged := archive.testzip():
                raise ValueError(f"{damaged} is damaged")
        state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise UserError(
            f"{path}: the training state cannot be read ({reason[:120]}). {REMEDY}"
        ) from error
    check_keys(str(path), state, {"schema": int}, remedy=REMEDY)
    if state["schema"] != SCHEMA:
        raise UserError(
            f"{path}: a training state of schema {shown(state['schema'])}, not {SCHEMA}. {REMEDY}"
        )
    check_keys(str(path), state, {"step": int}, remedy=REMEDY)
    return state


def check_state(path: Path, state: dict, like: dict) -> None:
    """Check that a state has every part of another, and its tensors their shape and type.

    Args:
        path: the file, for the message.
        state: what was loaded.
        like: what it must be like; the contents of lists do not matter.

    Raises:
        UserError: names the first part that is missing or of another kind.
    """
    for name, part, wanted in _pairs(state, like, ""):
        reason = _difference(part, wanted)
        if reason:
            raise UserError(f"{path}: {name} {reason}. {REMEDY}")


def _pairs(part: Any, wanted: Any, name: str) -> Iterator[tuple[str, Any, Any]]:
    """Every part of two nested dicts with its dotted name, the outer before the inner."""
    if name:
        yield name, part, wanted
    if isinstance(wanted, dict):
        for key, inner in wanted.items():
            yield from _pairs(part.get(key, MISSING), inner, f"{name}.{key}".removeprefix("."))


def _difference(part: Any, wanted: Any) -> str | None:
    """In what a part is of another kind than the one wanted; None if it is alike."""
    if part is MISSING:
        return "is missing"
    if isinstance(wanted, Tensor):
        if not isinstance(part, Tensor):
            return "is no tensor"
        if (part.shape, part.dtype) != (wanted.shape, wanted.dtype):
            return f"is {part.dtype} {[*part.shape]}, not {wanted.dtype} {[*wanted.shape]}"
        return None
    if isinstance(wanted, dict):
        return None if isinstance(part, dict) else f"is {shown(part)}"
    alike = type(part) is type(wanted) or {type(part), type(wanted)} == {int, float}
    return None if alike else f"is {shown(part)}"
