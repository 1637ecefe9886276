"""What lies in a project that no result needs, and may go: caches, and what runs left behind.

Results, data and files of one's own are never among it: what is looked at is the program's own
folder of state, Snakemake's, and hidden parts of files whose writers have ended.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError
from ..files import remove
from ..params import Params
from ..parts import PART, is_abandoned, sweep
from ..process.locks import hold
from .keys import resume_folder, stage_keys
from .own_files import STATE
from .table import all_results
from .turns import turn_file

log = logging.getLogger("dcgan")

CACHES = {
    f"{STATE}/downloads": "downloads; fetched again when a source is made anew",
    f"{STATE}/features": "features of real images; computed again when scored",
    ".snakemake/log": "Snakemake's logs",
    ".snakemake/backups": "copies that a killed Snakemake left",
    ".snakemake/shadow": "copies that a killed Snakemake left",
}
"""Folders of which nothing is needed, and why."""
LISTED = ("", "data", "data/raw", "data/resized", "data/normalized")
"""Folders where parts may lie, beside those below STATE and results; not below these, where
millions of images may be, and never in data/own."""


@dataclass(frozen=True)
class Leftover:
    """Something that may go: where it is from the project's root, why, and its size."""

    path: Path
    reason: str
    bytes: int


def leftovers(params: Params, root: Path) -> list[Leftover]:
    """All that may go, by path. Links are left alone, and so is what they lead to.

    Args:
        params: the present settings; a stopped training of theirs is kept, since the next run goes
            on from it.
        root: the project's root.
    """
    found = {**_caches(root), **_states(params, root), **_parts(root)}
    # A part in a folder that goes anyway is not counted twice.
    inside = {path for path in found if any(above in found for above in path.parents)}
    return [
        Leftover(path, reason, _size(root / path))
        for path, reason in sorted(found.items())
        if path not in inside
    ]


def delete(found: list[Leftover], root: Path) -> None:
    """Delete them.

    Raises:
        UserError: one of them may not be deleted; what went before it is gone.
    """
    for one in found:
        path = root / one.path
        try:
            if part := PART.fullmatch(path.name):
                # By the rule that looks for an owner again, who may be new.
                sweep(path.with_name(part[1]))
            else:
                remove(path)
        except OSError as error:
            raise UserError(f"{one.path}: cannot be deleted ({error.strerror})") from error


@contextmanager
def nobody_at_work(params: Params, root: Path) -> Iterator[None]:
    """Hold the locks of all that a run does, so that none begins in the midst of the block.

    Args:
        params: the settings; those name the stages and sizes.
        root: the project's root.

    Raises:
        UserError: a run is at work.
    """
    turns = {turn_file(stage, size, root) for stage, size in all_results(params)}
    # Also of sizes that settings of before had, and of DVC.
    turns |= {path for path in (root / STATE / "turns").glob("*") if path.is_file()}
    trainings = {path for path in (root / STATE / "state").glob("*/*/lock") if path.is_file()}
    with ExitStack() as stack:
        for path in [root / STATE / "snakemake.lock", *sorted(turns), *sorted(trainings)]:
            lock = hold(path)
            if lock is None:
                raise UserError(
                    f"{path}: a run is at work ({path.name}). Wait for its end, or stop it, and "
                    "give the same command again."
                )
            stack.enter_context(lock)
        yield


def _caches(root: Path) -> dict[Path, str]:
    there = {Path(path): reason for path, reason in CACHES.items() if _is_folder(root / path)}
    return {path: reason for path, reason in there.items() if any((root / path).iterdir())}


def _states(params: Params, root: Path) -> dict[Path, str]:
    """Of stopped trainings, those that the present settings do not go on with."""
    keys = stage_keys(params, root)
    wanted = {
        resume_folder(stage, size, keys[stage.name], root) for stage, size in all_results(params)
    }
    states = [path for path in (root / STATE / "state").glob("*/*") if _is_folder(path)]
    return {
        path.relative_to(root): "a stopped run of other settings or code; it cannot go on then"
        for path in states
        if path not in wanted
    }


def _parts(root: Path) -> dict[Path, str]:
    found = [Path(root, folder, name) for folder in LISTED for name in _hidden(root / folder)]
    for below in ("results", STATE):
        for folder, folders, files in os.walk(root / below):
            found += [Path(folder, name) for name in (*folders, *files) if PART.fullmatch(name)]
            folders[:] = [name for name in folders if not PART.fullmatch(name)]
    return {
        path.relative_to(root): "left by a killed process" for path in found if is_abandoned(path)
    }


def _hidden(folder: Path) -> list[str]:
    try:
        return [name for name in os.listdir(folder) if PART.fullmatch(name)]
    except OSError:
        return []


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(
        Path(folder, name).lstat().st_size for folder, _, files in os.walk(path) for name in files
    )
