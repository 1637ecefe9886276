"""What each row of a sheet shows, kept in the PNG itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

KEY = "rows"


def row_names(names: Sequence[str]) -> PngInfo:
    """The text to save with a sheet whose rows have these names; without any, none."""
    text = PngInfo()
    if names:
        text.add_itxt(KEY, json.dumps(list(names), ensure_ascii=False))
    return text


def read_row_names(path: Path) -> list[str]:
    """The names of a sheet's rows; none where the file has none or is no PNG."""
    try:
        with Image.open(path) as picture:
            found = json.loads(picture.info.get(KEY, "[]"))
    except (OSError, ValueError, TypeError):
        return []
    return [str(name) for name in found] if isinstance(found, list) else []
