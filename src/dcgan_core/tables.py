"""Score tables as CSV: one row a snapshot, every column a plain value."""

import csv
from pathlib import Path
from typing import Any

from .files import writing


def write_table(target: Path, rows: list[dict[str, Any]]) -> None:
    """Write rows with the same keys as CSV with a header, atomically; floats to 9 digits."""
    with writing(target) as part, part.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(rows[0])
        table.writerows([_text(value) for value in row.values()] for row in rows)


def read_table(path: Path) -> list[dict[str, Any]]:
    """Rows as written, numbers as numbers."""
    with path.open(newline="", encoding="utf-8") as stream:
        return [{key: _value(text) for key, text in row.items()} for row in csv.DictReader(stream)]


def _text(value: Any) -> str:
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def _value(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
