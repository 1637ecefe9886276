"""Small image files to make test folders of."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

RANDOM = np.random.default_rng(0)


def picture(format: str = "JPEG") -> bytes:
    """A picture of noise, no two the same."""
    stream = io.BytesIO()
    Image.fromarray(RANDOM.integers(0, 256, (20, 16, 3), np.uint8)).save(stream, format)
    return stream.getvalue()


def put(folder: Path, files: dict[str, bytes]) -> None:
    """Write files below a folder, by relative name."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
