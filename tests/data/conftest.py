"""Raw folders and settings made of plain values."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import dcgan_core
from dcgan_core.data import manifest
from dcgan_core.files import sha256_file
from dcgan_core.params.schema import Download, Normalize, Resize


@pytest.fixture
def environment() -> dict[str, str]:
    """The environment of a new Python that imports this very package."""
    return {**os.environ, "PYTHONPATH": str(Path(dcgan_core.__file__).parents[1])}


@pytest.fixture
def download() -> Callable[..., Download]:
    """Download settings, any of them overridden."""
    defaults = {
        "source": "folder",
        "count": 16,
        "path": "x",
        "url": "",
        "sha256": "",
        "style": "planets",
        "seed": 0,
    }
    return lambda **changes: Download(**(defaults | changes))


@pytest.fixture
def resizing() -> Callable[..., Resize]:
    """Resize settings, any of them overridden."""
    defaults = {"channels": 3, "filter": "bicubic", "background": "#ffffff"}
    return lambda **changes: Resize(**(defaults | changes))


@pytest.fixture
def normalizing() -> Callable[..., Normalize]:
    """Normalize settings, any of them overridden."""
    defaults = {"validation": 0.1, "test": 0.1, "dtype": "uint8"}
    return lambda **changes: Normalize(**(defaults | changes))


@pytest.fixture
def listed() -> Callable[..., Path]:
    """Make a raw folder of the files that are in it already."""

    def write(folder: Path, groups: dict[str, str] | None = None) -> Path:
        entries = [
            manifest.Entry(
                path.relative_to(folder).as_posix(),
                sha256_file(path),
                path.name,
                (groups or {}).get(path.name),
            )
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        ]
        manifest.write(folder, manifest.Manifest("folder", "mine", "made here", entries))
        return folder

    return write
