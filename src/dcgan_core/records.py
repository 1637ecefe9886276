"""Records of what was done: JSON that people and ``diff`` can read."""

from __future__ import annotations

import json
from pathlib import Path

from .errors import UserError
from .files import writing


def read_json(path: Path | str) -> dict:
    """Read a JSON record.

    Raises:
        UserError: the file is missing or not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError(f"{path}: not found. Run the stage that makes it first.") from error
    except json.JSONDecodeError as error:
        raise UserError(f"{path}: not valid JSON ({error}). Delete it and run again.") from error


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
