"""Score tables as CSV: one row a snapshot, every column a plain value."""

import csv
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .errors import UserError, shown
from .files import writing

REMEDY = "Delete it and run the stage that makes it again."
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?(inf|nan)")


def write_table(target: Path, rows: list[dict[str, Any]]) -> None:
    """Write rows with the same keys as CSV with a header, atomically; floats to 9 digits."""
    with writing(target) as part, part.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(rows[0])
        table.writerows([_text(value) for value in row.values()] for row in rows)


def read_table(
    path: Path,
    numbers: Sequence[str] = (),
    texts: Sequence[str] = (),
    in_order: str | None = None,
) -> list[dict[str, Any]]:
    """Rows as written, numbers as numbers.

    Args:
        path: the CSV file.
        numbers: columns that must be there and hold numbers, NaN and infinity among them.
        texts: other columns that must be there.
        in_order: a column whose whole numbers must grow from row to row.

    Returns:
        At least one row, each with every column.

    Raises:
        UserError: missing, not CSV, or not such a table; names the column or the line.
    """
    names, lines = _read_lines(path)
    wanted = [*numbers, *texts, *([in_order] if in_order else [])]
    _check_header(path, names, wanted)
    rows = [_row(path, names, place, line) for place, line in enumerate(lines, 1)]
    for name in numbers:
        for place, row in enumerate(rows, 1):
            if isinstance(row[name], str):
                raise UserError(_told(path, place, name, row[name], "must be a number"))
    if in_order:
        _check_order(path, in_order, rows)
    return rows


def read_texts(path: Path, names: Sequence[str]) -> list[dict[str, str]]:
    """Rows of a table of texts, each value as it stands: a name may look like a number.

    Args:
        path: the CSV file.
        names: columns that must be there.

    Returns:
        At least one row, each with every column.

    Raises:
        UserError: missing, not CSV, or not such a table; names the column or the line.
    """
    header, lines = _read_lines(path)
    _check_header(path, header, list(names))
    return [_cells(path, header, place, line) for place, line in enumerate(lines, 1)]


def _read_lines(path: Path) -> tuple[list[str], list[list[str]]]:
    """The header and the rows, of which there is at least one.

    Raises:
        UserError: as :func:`read_texts`.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            # A blank line, as editors leave at the end, is no row.
            lines = [line for line in csv.reader(stream, strict=True) if line]
    except FileNotFoundError as error:
        raise UserError(f"{path}: not found. Run the stage that makes it first.") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}).") from error
    except (ValueError, csv.Error) as error:
        raise UserError(f"{path}: not a CSV table ({error}). {REMEDY}") from error
    if len(lines) < 2:
        raise UserError(f"{path}: has no rows. {REMEDY}")
    return lines[0], lines[1:]


def _check_header(path: Path, names: list[str], wanted: list[str]) -> None:
    if missing := [name for name in wanted if name not in names]:
        raise UserError(f"{path}: has no column {shown(missing[0])}. {REMEDY}")
    if repeated := [name for name in names if names.count(name) > 1]:
        raise UserError(f"{path}: has the column {shown(repeated[0])} twice. {REMEDY}")


def _row(path: Path, names: list[str], place: int, line: list[str]) -> dict[str, Any]:
    cells = _cells(path, names, place, line)
    return {name: _value(text) for name, text in cells.items()}


def _cells(path: Path, names: list[str], place: int, line: list[str]) -> dict[str, str]:
    if len(line) != len(names):
        raise UserError(
            f"{path}, row {place}: has {len(line)} columns, the header {len(names)}. {REMEDY}"
        )
    return dict(zip(names, line, strict=True))


def _check_order(path: Path, name: str, rows: list[dict[str, Any]]) -> None:
    before = -math.inf
    for place, row in enumerate(rows, 1):
        value = row[name]
        if type(value) is not int or value <= before:
            reason = "must be a whole number above that of the row before"
            raise UserError(_told(path, place, name, value, reason))
        before = value


def _told(path: Path, place: int, name: str, value: object, reason: str) -> str:
    return f"{path}, row {place}: {name} = {shown(value)}: {reason}. {REMEDY}"


def _text(value: Any) -> str:
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def _value(text: str) -> Any:
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
