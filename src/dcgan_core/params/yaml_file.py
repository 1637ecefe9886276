"""Reading a YAML file of settings or of a recipe: small, plain, and of one reading."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from ..errors import UserError, shown

REMEDY = "Mend it, or bring it back from git."
LARGEST = 64 << 10
"""Bytes; params.yaml has some thousands."""
MOST_MARKS = 4000
DEEPEST = 20
MOST_PARTS = 10_000
"""Values and keys, those that aliases repeat counted each time."""


def read_text(path: Path) -> str:
    """The text of a YAML file.

    Raises:
        UserError: it cannot be read, or is too large, or not UTF-8.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or device"
            raise UserError(f"{path}: is {kind}. Put the file there.")
        if status.st_size > LARGEST:
            raise UserError(
                f"{path}: {status.st_size} bytes long; settings take {LARGEST} at most. "
                "Put the right file there."
            )
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise UserError(f"{path}: not found. Run from the project's folder.") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UserError(
            f"{path}: line {line} is not UTF-8 text. Save the file as UTF-8."
        ) from error


def parse_yaml(path: Path, text: str) -> dict[Any, Any]:
    """The mapping in the text of a file, read as YAML 1.2, so that ``1e-05`` is a number.

    Raises:
        UserError: not YAML, a key given twice, no mapping, or nested too deeply; names the line
            where there is one.
    """
    # The parser's time grows with the square of these.
    if sum(map(text.count, "[{,")) > MOST_MARKS:
        raise UserError(f"{path}: holds more than {MOST_MARKS} brackets and commas. {REMEDY}")
    try:
        data = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise UserError(f"{path}: not valid YAML: {_in_one_line(error)}") from error
    except RecursionError as error:
        raise UserError(f"{path}: not valid YAML: nested too deeply") from error
    # What ruamel makes of numbers, dates and keys that are none.
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"{path}: not valid YAML: {_first_line(error)}") from error
    if data is None:
        raise UserError(f"{path}: is empty. {REMEDY}")
    if not isinstance(data, dict):
        raise UserError(
            f"{path}: must hold settings as 'name: value', found {type(data).__name__}. {REMEDY}"
        )
    _check_extent(path, data)
    return data


def _check_extent(path: Path, data: dict) -> None:
    total = 0
    level: list[Any] = [data]
    for _ in range(DEEPEST):
        total += sum(len(part) * (1 + isinstance(part, dict)) for part in level)
        # Before they are listed: aliases within aliases can stand for any number.
        if total > MOST_PARTS:
            raise UserError(
                f"{path}: holds more than {MOST_PARTS} values, aliases counted out. {REMEDY}"
            )
        parts = [inner for part in level for inner in part]
        parts += [inner for part in level if isinstance(part, dict) for inner in part.values()]
        for part in parts:
            _check_text(path, part)
        level = [part for part in parts if isinstance(part, (dict, list, tuple, set))]
        if not level:
            return
    raise UserError(
        f"{path}: nested more than {DEEPEST} deep, or within itself by an alias. {REMEDY}"
    )


def _check_text(path: Path, part: object) -> None:
    if isinstance(part, str) and re.search("[\0\ud800-\udfff]", part):
        raise UserError(
            f"{path}: {shown(part)} holds a character that no setting can have. {REMEDY}"
        )


def setting_text(value: object) -> str:
    """A setting as YAML has it; small numbers written out, nothing for None."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.12f}".rstrip("0").rstrip(".")
    if isinstance(value, list):
        return "[" + ",".join(f'"{item}"' for item in value) + "]"
    return "" if value is None else str(value)


def _in_one_line(error: YAMLError) -> str:
    if not isinstance(error, MarkedYAMLError):
        return _first_line(error)
    mark = error.problem_mark or error.context_mark
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    problem = error.problem or error.context or type(error).__name__
    return f"{place}{problem.splitlines()[0][:200]}"


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]
