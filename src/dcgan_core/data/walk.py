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


def holds_files(folder: Path, besides: str) -> bool:
    """Whether there is a regular file below ``folder`` other than the one named ``besides``.

    Raises:
        UserError: as :func:`regular_files`, of what is met before such a file.
    """
    return any(name != besides for name, _ in _walk(folder))


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    # Not os.walk and Path's own questions, which take ten times as long: folders hold millions.
    left = [("", str(folder))]
    while left:
        above, place = left.pop()
        try:
            with os.scandir(place) as found:
                entries = list(found)
        except OSError as error:
            _refuse(error)
        for entry in entries:
            # Hidden ones too: DVC looks at them.
            _check(entry)
            if is_litter(entry.name):
                continue
            if entry.is_dir():
                left.append((f"{above}{entry.name}/", entry.path))
            elif entry.is_file():
                yield f"{above}{entry.name}", Path(entry.path)


def _check(entry: os.DirEntry[str]) -> None:
    """Refuse what DVC cannot look at.

    Raises:
        UserError: a link to a folder or to nothing, or a name that is not UTF-8.
    """
    if entry.is_symlink():
        if entry.is_dir():
            raise UserError(
                f"{entry.path}: a link to a folder, which DVC does not look into. Put the folder "
                "itself there, or name the link's target as download.path in params.yaml."
            )
        if not os.path.exists(entry.path):
            raise UserError(f"{entry.path}: a link to nothing. Mend it, or take it away.")
    try:
        entry.name.encode("utf-8")
    except UnicodeEncodeError as error:
        shown = entry.name.encode("utf-8", "backslashreplace").decode()
        raise UserError(
            f"{os.path.dirname(entry.path)}: holds the name {shown}, which is not UTF-8 and which "
            "DVC cannot store. Rename it."
        ) from error


def _refuse(error: OSError) -> NoReturn:
    raise UserError(
        f"{error.filename}: cannot be read ({error.strerror}). Allow reading it, or take it away."
    ) from error
