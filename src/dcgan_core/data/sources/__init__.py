"""Where images come from: each source fills a raw folder and lists it in a manifest.

``params/sources.py`` says which module makes which source. Each has one function for that::

    fill(folder: Path, params: Download, downloads: Path) -> Manifest

It writes below ``folder / "images"``; what it downloads it keeps in ``downloads``, if need be for
the next call. It raises UserError for whatever is the user's to mend.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from ...files import remove, writing_folder
from .. import manifest
from ..minima import Minimum, check_total

if TYPE_CHECKING:
    from ...params import Download


DOWNLOADS = "downloads"


def fetch(
    params: Download,
    target: Path,
    downloads: Path | None = None,
    minima: Iterable[Minimum] = (),
) -> None:
    """Make the raw folder ``target``: ``images/`` and ``manifest.json``.

    Drawings come with their ``ATTRIBUTION.txt``.

    Args:
        params: which source, and what it is to fetch or draw.
        target: the folder to make; what was there before is replaced.
        downloads: a folder where downloads, whole and broken off, are kept for the next call;
            without it they are kept nowhere.
        minima: what later stages need of each split.

    Raises:
        UserError: the source is missing, empty, too small, damaged, unreachable or not what its
            hash says, a package is not installed, or the disk is full. ``target`` is then left as
            it was.
    """
    # Here and not above: worker processes, which import a source, need no settings' code.
    from ...params.sources import SOURCES

    # This one alone, so that a source's packages are needed only where it is used.
    source = import_module(f".{SOURCES[params.source].module}", __package__)
    with writing_folder(target, mark=manifest.NAME) as folder:
        listed = source.fill(folder, params, downloads or folder / DOWNLOADS)
        check_total(len(listed.files), minima, listed.origin)
        manifest.write(folder, listed)
        remove(folder / DOWNLOADS)
