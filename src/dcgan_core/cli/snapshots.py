"""Which snapshot, or which results of one size, is meant by what was typed."""

from __future__ import annotations

import logging
from pathlib import Path

from ..errors import UserError

log = logging.getLogger("dcgan")

RESULTS = Path("results")
BEST = "best.safetensors"
SNAPSHOTS = "snapshots"
EXPORTED = "model.safetensors"
"""In a folder of "dcgan export --hub"."""


def snapshot_file(given: Path | None, size: str | None) -> Path:
    """The file of a generator.

    Args:
        given: as typed: a snapshot, the results of one size, a run's folder or its ``results``, of
            which the best snapshot is taken, and said, or an export for a hub. None for the
            present folder's run.
        size: what ``--size`` said.

    Raises:
        UserError: there is none, more than one, or ``size`` contradicts ``given``.
    """
    if given and (given / EXPORTED).is_file():
        return given / EXPORTED
    place = chosen_place(given, size, BEST, "a snapshot")
    path = place if place == given and not place.is_dir() else place / BEST
    if not path.is_file():
        raise UserError(
            f"{path}: no such file. Run the pipeline first, or name a snapshot, such as one in "
            f"{RESULTS}/SIZE/{SNAPSHOTS}."
        )
    if given is not None and path != given:
        log.info("%s: its best snapshot is taken: %s", given, path)
    return path


def results_folder(given: Path | None, size: str | None) -> Path:
    """The results of one size; arguments as of :func:`snapshot_file`, a snapshot excepted.

    Raises:
        UserError: they hold no snapshots, or as :func:`snapshot_file`.
    """
    folder = chosen_place(given, size, SNAPSHOTS, "the results of one size")
    if not (folder / SNAPSHOTS).is_dir():
        raise UserError(
            f"{folder}: holds no snapshots. Run the train stage first, or name the results of one "
            "size, such as results/64."
        )
    return folder


def chosen_place(given: Path | None, size: str | None, name: str, instead: str) -> Path:
    """A file that was typed, or the folder of one size's results.

    Args:
        given: as typed.
        size: what ``--size`` said.
        name: of a file or folder that every run of a size leaves.
        instead: what could be given, for the message where there is none: ``a snapshot``.

    Raises:
        UserError: ``size`` contradicts ``given``, or there is no such folder or more than one.
    """
    sizes = RESULTS if given is None else _of_all_sizes(given, name)
    if sizes is None:
        if size:
            raise UserError(f"both {given} and --size {size}: give one of the two")
        assert given is not None
        return given
    if size:
        return sizes / size
    found = sorted(path.parent for path in sizes.glob(f"*/{name}"))
    if not found:
        raise UserError(
            f"{sizes}/*/{name}: there is none. Run this in the project's folder after "
            f'"make run", or name {instead}.'
        )
    if len(found) > 1:
        listed = ", ".join(folder.name for folder in found)
        raise UserError(f"there are snapshots of sizes {listed}: choose one with --size")
    return found[0]


def _of_all_sizes(given: Path, name: str) -> Path | None:
    """The folder with a folder for each size that ``given`` is or holds; None if neither."""
    if not given.is_dir() or (given / name).exists():
        return None
    if (given / RESULTS).is_dir():
        return given / RESULTS
    return given if any(given.glob(f"*/{name}")) else None
