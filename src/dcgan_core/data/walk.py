"""The regular files of a folder, in one order everywhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn

from ..errors import UserError

SYSTEM_FILES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx"})
LARGEST_FILE = 1 << 30
"""Bytes of the largest file that is taken for an image, or looked into to see whether it is."""


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

    Hidden and system files are left out. A link to a file counts as the file. What DVC cannot look
    at is refused, so that both engines see the same files: DVC passes links to folders over, and
    ends with an error of its own at links to nothing and at names that are not UTF-8.

    Raises:
        UserError: a folder may not be read, or holds such a link or name.
    """
    return sorted(_walk(folder))


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        # Hidden ones too: DVC looks at them.
        for name in (*folders, *names):
            _check(Path(parent), name)
        folders[:] = [name for name in folders if not is_litter(name)]
        for name in names:
            path = Path(parent, name)
            if not is_litter(name) and path.is_file():
                yield path.relative_to(folder).as_posix(), path


def _check(folder: Path, name: str) -> None:
    """Refuse what DVC cannot look at.

    Raises:
        UserError: a link to a folder or to nothing, or a name that is not UTF-8.
    """
    path = folder / name
    if path.is_symlink() and path.is_dir():
        raise UserError(
            f"{path}: a link to a folder, which DVC does not look into. Put the folder itself "
            "there, or name the link's target as download.path in params.yaml."
        )
    if path.is_symlink() and not path.exists():
        raise UserError(f"{path}: a link to nothing. Mend it, or take it away.")
    try:
        name.encode("utf-8")
    except UnicodeEncodeError as error:
        shown = name.encode("utf-8", "backslashreplace").decode()
        raise UserError(
            f"{folder}: holds the name {shown}, which is not UTF-8 and which DVC cannot store. "
            "Rename it."
        ) from error


def _refuse(error: OSError) -> NoReturn:
    raise UserError(
        f"{error.filename}: cannot be read ({error.strerror}). Allow reading it, or take it away."
    ) from error
