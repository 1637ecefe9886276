"""Where images come from: each source fills a raw folder and lists it in a manifest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...files import remove, writing
from .. import manifest

if TYPE_CHECKING:
    from ...params.schema import Download


DOWNLOADS = "downloads"


def fetch(params: Download, target: Path, downloads: Path | None = None) -> None:
    """Make the raw folder ``target``: ``images/`` and ``manifest.json``.

    Drawings come with their ``ATTRIBUTION.txt``.

    Args:
        downloads: a folder where downloads, whole and broken off, are kept for the next call;
            without it they are kept nowhere.

    Raises:
        UserError: the source is missing, empty, damaged, unreachable or not what its hash
            says, a package is not installed, or the disk is full. ``target`` is then left as
            it was.
    """
    with writing(target) as folder:
        folder.mkdir()
        manifest.write(folder, _fill(params, folder, downloads or folder / DOWNLOADS))
        remove(folder / DOWNLOADS)


def _fill(params: Download, folder: Path, downloads: Path) -> manifest.Manifest:
    # Imported here, so that a source's packages are needed only where it is used.
    path, count, seed = Path(params.path), params.count, params.seed
    if params.source == "earth":
        from . import earth

        return earth.fill(folder, count, seed)
    if params.source == "avatars":
        from . import avatars

        return avatars.fill(folder, count, seed, params.style)
    if params.source == "folder":
        from . import folder as own_folder

        return own_folder.fill(folder, path)
    if params.source == "archive":
        from . import archive

        return archive.fill(folder, params.path, params.url, params.sha256, downloads)
    return _fill_published(params.source, folder, path, count, seed, downloads)


def _fill_published(
    source: str, folder: Path, path: Path, count: int, seed: int, downloads: Path
) -> manifest.Manifest:
    if source == "lsun":
        from .lsun_mapillary import fill_lsun

        return fill_lsun(folder, path, count, seed)
    if source == "mapillary":
        from .lsun_mapillary import fill_mapillary

        return fill_mapillary(folder, path, count, seed)
    if source in ("celeba", "flowers102"):
        from . import celeba_flowers as pictures

        return pictures.fill(folder, source, path, count, seed, downloads)
    from . import mnist_cifar as arrays

    return arrays.fill(folder, source, path, count, seed, downloads)
