"""Changing settings in the text of ``params.yaml``, whose comments and order stay."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from ..files import writing

WIDTH = 4096
"""Columns after which ruamel would break a long value over lines."""


@dataclass(frozen=True)
class Change:
    """One setting by its dotted name, with the value it had and the one it gets."""

    name: str
    before: Any
    after: Any


def edited(text: str, settings: dict[str, Any]) -> tuple[str, list[Change]]:
    """The text with other values, and what is changed in it.

    Args:
        text: of a ``params.yaml`` that loads.
        settings: dotted names to values; those that have their value already are left alone.
    """
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = WIDTH
    document = yaml.load(text)
    changes = []
    for name, value in settings.items():
        section, _, key = name.rpartition(".")
        place = document[section] if section else document
        before = place[key]
        if before == value:
            continue
        changes.append(Change(name, list(before) if isinstance(before, list) else before, value))
        if isinstance(value, list):
            # In place, which keeps the list on its line and the comment beside it.
            before[:] = value
        else:
            place[key] = value
    if not changes:
        return text, changes
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue(), changes


def write_settings(path: Path, settings: dict[str, Any]) -> list[Change]:
    """Change settings in a file that loads; a file that has them all is not written.

    Raises:
        UserError: the file cannot be written.
    """
    text, changes = edited(path.read_text(encoding="utf-8"), settings)
    if changes:
        with writing(path) as part:
            part.write_text(text, encoding="utf-8")
    return changes
