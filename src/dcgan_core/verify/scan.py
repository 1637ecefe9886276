"""Every file at or below a path, read anew: what was known of it before counts for nothing."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from ..data.fingerprint import combined
from ..data.walk import is_litter
from ..files import IN_DVC_CACHE

SNAKEMAKES_OWN = ".snakemake_timestamp"
"""Snakemake leaves it in each folder that it asked for; .dvcignore names it, too."""


class Content(NamedTuple):
    """A file's bytes, told by their hashes as hex digits and their number."""

    sha256: str
    md5: str
    size: int


@dataclass(frozen=True)
class Scan:
    """What lies at a path.

    Attributes:
        folder: whether it is a folder; otherwise a single file, whose name is ``""``.
        files: every file's content by its name in the folder, with ``/``, sorted.
        odd: what is no plain readable file, by name, with what it is.
    """

    folder: bool
    files: dict[str, Content]
    odd: dict[str, str]

    @cached_property
    def fingerprint(self) -> str:
        """As :func:`~..data.fingerprint.fingerprint` has it, hidden files left out."""
        return combined(
            {
                name: content.sha256
                for name, content in self.files.items()
                if not any(map(is_litter, name.split("/")))
            }
        )

    @cached_property
    def dvc_md5(self) -> str:
        """As dvc.lock has it: of a folder the md5 of DVC's listing, with ``.dir`` behind."""
        if not self.folder:
            return next((content.md5 for content in self.files.values()), "")
        listing = [{"md5": content.md5, "relpath": name} for name, content in self.files.items()]
        text = json.dumps(listing, sort_keys=True)
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() + ".dir"


def scan(path: Path) -> Scan | None:
    """Read everything at ``path``; None if nothing is there. No link to a folder is followed."""
    if not os.path.lexists(path):
        return None
    folder = path.is_dir() and not path.is_symlink()
    files: dict[str, Content] = {}
    odd: dict[str, str] = {}
    for name, file in sorted(_walk(path)) if folder else [("", path)]:
        try:
            found = _read(file)
        except OSError as error:
            found = f"cannot be read ({error.strerror})"
        if isinstance(found, str):
            odd[name] = found
        else:
            files[name] = found
    return Scan(folder, files, odd)


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    for parent, folders, names in os.walk(folder):
        links = [name for name in folders if Path(parent, name).is_symlink()]
        for name in (*names, *links):
            if name != SNAKEMAKES_OWN:
                path = Path(parent, name)
                yield path.relative_to(folder).as_posix(), path


def _read(file: Path) -> Content | str:
    """The file's content, or what it is instead of a file."""
    mode = file.lstat().st_mode
    if stat.S_ISREG(mode):
        return _content(file)
    if not stat.S_ISLNK(mode):
        return "is no regular file"
    target = os.readlink(file)
    cached = IN_DVC_CACHE.search(target)
    if cached and file.is_file():
        content = _content(file)
        if content.md5 == "".join(cached.groups()):
            return content
    return f"is a link to {target}"


def _content(file: Path) -> Content:
    sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    with open(file, "rb") as stream:
        while block := stream.read(1 << 20):
            sha256.update(block)
            md5.update(block)
            size += len(block)
    return Content(sha256.hexdigest(), md5.hexdigest(), size)
