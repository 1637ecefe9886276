"""The regular files of a folder, in one order everywhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn

from ..errors import UserError

SYSTEM_FILES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx"})


def is_litter(name: str) -> bool:
    """Whether a file or folder of this name is hidden, or left behind by an operating system."""
    return name.startswith(".") or name.lower() in SYSTEM_FILES


def open_source(path: Path) -> BinaryIO:
    """Open one of the user's files for reading.

    Raises:
        UserError: this user may not read it.
    """
    try:
        return open(path, "rb")
    except PermissionError as error:
        _refuse(error)


def regular_files(folder: Path) -> list[tuple[str, Path]]:
    """Every regular file below ``folder`` as (relative name with ``/``, path), sorted by name.

    Hidden and system files are left out. Links are followed; a folder reached twice
    through links is listed once.

    Raises:
        UserError: a folder may not be read.
    """
    return sorted(_walk(folder))


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    seen: set[str] = set()
    for parent, folders, names in os.walk(folder, onerror=_refuse, followlinks=True):
        real = os.path.realpath(parent)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        # Sorted, so that which of two links to one folder is listed does not vary.
        folders[:] = sorted(name for name in folders if not is_litter(name))
        for name in names:
            path = Path(parent, name)
            if not is_litter(name) and path.is_file():
                yield path.relative_to(folder).as_posix(), path


def _refuse(error: OSError) -> NoReturn:
    raise UserError(
        f"{error.filename}: cannot be read ({error.strerror}). Allow reading it, or take it away."
    ) from error
