"""The official files of published datasets: the user's own copy first, else from the web."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from ...errors import UserError
from ...optional import require
from ..walk import open_source
from .web import download, verify

log = logging.getLogger("dcgan")


@dataclass(frozen=True)
class Official:
    """A file that a dataset's makers publish.

    Attributes:
        source: the dataset, as download.source names it.
        name: the file's own name.
        md5: of its content, 32 hex digits.
        urls: where it is, the first choice first.
        page: where a person finds it.
        advice: why a download may fail, as a sentence; may be empty.
    """

    source: str
    name: str
    md5: str
    urls: tuple[str, ...]
    page: str
    advice: str = ""

    def obtain(self, local: Path | None, path: Path, downloads: Path) -> Path:
        """The file with its content checked.

        Args:
            local: the user's own copy, if there is one.
            path: download.path, for messages.
            downloads: the folder that downloads are kept in.

        Raises:
            UserError: the copy is damaged or another file, or the download fails.
        """
        checksum = f"md5:{self.md5}"
        if local is not None:
            open_source(local).close()
            verify(local, str(local), checksum, self._other_file(local))
            return local
        target = downloads / self.source / self.name
        remedy, needed_by = self._by_hand(path), f"download.source: {self.source}"
        for url in self.urls[:-1]:
            try:
                download(url, target, checksum, needed_by, (remedy, remedy))
                return target
            except UserError as error:
                log.info("%s Trying another address.", error)
        download(self.urls[-1], target, checksum, needed_by, (remedy, remedy))
        return target

    def _by_hand(self, path: Path) -> str:
        reason = f"{self.advice} " if self.advice else ""
        return (
            f"{reason}Try again later, or get {self.name} by hand from {self.page} and put it, or "
            f"what is unpacked from it, into the folder {path} (download.path in params.yaml)."
        )

    def _other_file(self, local: Path) -> str:
        return (
            f"It is damaged or not the {self.name} that {self.source} is made of: get it again "
            f"from {self.page}, or take {local.name} as it is with source: archive."
        )


def own_copy(path: Path, names: Iterable[str]) -> Path | None:
    """The first of ``names`` that is below ``path`` or is ``path`` itself; None without one."""
    for name in names:
        if path.name == Path(name).name and path.exists():
            return path
        if (path / name).exists():
            return path / name
    return None


def torchvision_module(name: str, source: str) -> ModuleType:
    """``torchvision.NAME``, which knows where published datasets are and how to read them.

    Raises:
        UserError: torchvision is not installed; says that download.source = ``source`` needs it.
    """
    return require(f"torchvision.{name}", "torchvision", f"download.source: {source}")
