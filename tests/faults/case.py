"""One bad input, and how it must end; helpers to build such inputs."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from project import Project

SECONDS, MEGABYTES = 10, 1536
"""What a reader may take of anything."""


@dataclass(frozen=True)
class Case:
    """A bad input and the command that meets it."""

    name: str
    build: Callable[[Path], None]
    """Puts the input into a finished tiny project at this folder."""
    command: tuple[str, ...]
    """What is typed: ``("download",)`` for a stage's script, or ``("dcgan", "sample", ...)``."""
    told: tuple[str, ...]
    """Words of the one line that it must answer, or of its output if it must end well."""
    status: int = 2
    """The exit status: 2 of a stage script, 1 of ``dcgan``; 0 for what must be accepted."""


def change(root: Path, settings: dict) -> None:
    """Change params.yaml of the project at ``root``, keeping its comments."""
    Project(root).change(settings)


def own_images(root: Path, count: int = 40) -> Path:
    """Make the project read a folder of good images of one's own, and give that folder."""
    import numpy as np
    from PIL import Image

    folder, rng = root / "data/own", np.random.default_rng(0)
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        pixels = rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"good{index}.png")
    change(root, {"download.source": "folder", "download.path": "data/own"})
    return folder
