"""Which snapshots a run has left, and what they are called: by the real images seen before."""

from pathlib import Path

from ..errors import UserError


def snapshot_name(images: int | None = None) -> str:
    """The file of the generator after so many real images; without a number a pattern of all."""
    return f"images_{'*' if images is None else f'{images:09d}'}.safetensors"


def snapshot_images(path: Path) -> int:
    """The number in a snapshot's name."""
    return int(path.stem.removeprefix("images_"))


def snapshot_paths(folder: Path) -> list[Path]:
    """The generators of a run, in training order.

    Raises:
        UserError: there are none.
    """
    # By length first: names have nine digits, and more from a billion images on.
    found = folder.glob(snapshot_name())
    paths = sorted(found, key=lambda path: (len(path.name), path.name))
    if not paths:
        raise UserError(f"{folder}: no snapshots here. Run the train stage first.")
    return paths
