"""Where images come from: each source fills a raw folder and lists it in a manifest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...files import writing
from .. import manifest

if TYPE_CHECKING:
    from ...params.schema import Download


def fetch(params: Download, target: Path) -> None:
    """Make the raw folder ``target``: ``images/`` and ``manifest.json``.

    Drawings come with their ``ATTRIBUTION.txt``.

    Raises:
        UserError: the source is missing, empty, damaged, unreachable or not what its hash
            says, a package is not installed, or the disk is full. ``target`` is then left as
            it was.
    """
    with writing(target) as folder:
        folder.mkdir()
        manifest.write(folder, _fill(params, folder))


def _fill(params: Download, folder: Path) -> manifest.Manifest:
    # Imported here, so that a source's packages are needed only where it is used.
    if params.source == "earth":
        from . import earth

        return earth.fill(folder, params.count, params.seed)
    if params.source == "avatars":
        from . import avatars

        return avatars.fill(folder, params.count, params.seed, params.style)
    if params.source == "folder":
        from . import folder as own_folder

        return own_folder.fill(folder, Path(params.path))
    from . import archive

    return archive.fill(folder, params.path, params.url, params.sha256)
