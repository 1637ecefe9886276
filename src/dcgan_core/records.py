"""Records of what was done: JSON that people and ``diff`` can read."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from types import NoneType
from typing import Any, NoReturn

from .errors import UserError, shown
from .files import writing

Kind = type | tuple[type, ...]
"""What a key may hold. True and false are no whole numbers here."""

NUMBER: Kind = (int, float)

_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "a record",
    NoneType: "null",
}
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
LONGEST_WHOLE = 40
REMEDY = "Delete it and run again."


def read_json(
    path: Path | str, wanted: Mapping[str, Kind] | None = None, remedy: str = REMEDY
) -> dict[str, Any]:
    """Read a JSON record.

    Args:
        path: the file.
        wanted: keys that must be there and what they hold, as for :func:`check_keys`.
        remedy: ends the message where the file is there and is no such record.

    Raises:
        UserError: the file is missing, cannot be read, is no JSON record, or lacks a key or holds
            something else there; the message names the file and the key.
    """
    try:
        record = parse_json(Path(path).read_bytes())
    except FileNotFoundError as error:
        raise UserError(f"{path}: not found. Run the stage that makes it first.") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise UserError(f"{path}: not a valid JSON record ({error}). {remedy}") from error
    check_keys(str(path), record, wanted or {}, remedy=remedy)
    return record


def parse_json(text: str | bytes) -> dict[str, Any]:
    """The record in a JSON text. Stricter than Python: what has two readings is refused.

    Args:
        text: JSON; bytes are UTF-8, with or without a byte order mark.

    Raises:
        ValueError: not UTF-8 or not JSON, nested too deeply, a number that is not finite, a key
            given twice, half a character, or another value than a record.
    """
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValueError(f"not UTF-8 text at byte {error.start}") from error
    try:
        record = json.loads(
            text,
            parse_int=_whole,
            parse_float=_finite,
            parse_constant=_refuse_constant,
            object_pairs_hook=_without_repeats,
        )
        if _SURROGATE.search(text):
            json.dumps(record, ensure_ascii=False).encode("utf-8")
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    except UnicodeEncodeError as error:
        raise ValueError(f"holds half a character, {error.object[error.start]!r}") from error
    if not isinstance(record, dict):
        raise ValueError(f"holds {_WORDS[type(record)]} instead of a record")
    return record


def _whole(text: str) -> int:
    # Before Python looks at it, whose time grows with the square of the digits.
    if len(text) > LONGEST_WHOLE:
        raise ValueError(f"a whole number of {len(text)} digits is too large")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {text[:40]} is too large")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no finite number")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {shown(repeated)} is given twice")
    return record


def check_keys(
    source: str,
    record: object,
    wanted: Mapping[str, Kind],
    optional: Mapping[str, Kind] | None = None,
    remedy: str = REMEDY,
) -> None:
    """Check that a record has certain keys, with values of certain kinds.

    Args:
        source: the file, and the place in it, for the message.
        record: what was read there.
        wanted: kinds by key; ``"best.epoch"`` is the key ``epoch`` of the record ``best``.
        optional: the same, of keys that may be left out.
        remedy: ends the message.

    Raises:
        UserError: ``record`` is none, or names the first key that is missing or holds another
            kind.
    """
    if not isinstance(record, dict):
        raise UserError(f"{source}: holds {shown(record)} instead of a record. {remedy}")
    for name, kind in {**wanted, **(optional or {})}.items():
        value: Any = record
        for part in name.split("."):
            if not isinstance(value, dict) or part not in value:
                if name in wanted:
                    raise UserError(f'{source}: has no "{name}". {remedy}')
                break
            value = value[part]
        else:
            _check_kind(source, name, value, kind, remedy)


def _check_kind(source: str, name: str, value: object, kind: Kind, remedy: str) -> None:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if type(value) not in kinds:
        words = " or ".join(_WORDS[one] for one in kinds if not (one is int and float in kinds))
        raise UserError(f"{source}: {name} = {shown(value)}: must be {words}. {remedy}")


def write_json(target: Path | str, record: dict) -> None:
    """Write a record as indented JSON, atomically, its keys in the record's own order.

    Raises:
        UserError: as :func:`~.files.writing`.
    """
    with writing(target) as part:
        part.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def one_line_each(record: dict, *lists: str) -> str:
    """``record`` as JSON text: one line a key, and one an element of the keys in ``lists``."""
    lines = []
    for key, value in record.items():
        if key in lists and value:
            rows = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in value)
            text = f"[\n{rows}\n ]"
        else:
            text = json.dumps(value, ensure_ascii=False)
        lines.append(f" {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}\n"
