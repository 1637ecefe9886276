"""The user's own images, from a folder of any depth and any mix of formats."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import UserError
from ...progress import tracked
from ..image_file import too_large_file
from ..manifest import Manifest
from ..walk import LARGEST_FILE, open_source, regular_files
from .class_folders import label_by_folder
from .collect import Collector

if TYPE_CHECKING:
    from ...params import Download

REMEDY = "Put images in it, or name another folder as download.path in params.yaml."


def fill(folder: Path, params: Download, downloads: Path) -> Manifest:
    """Copy what looks like an image below ``path`` to ``folder/images``, keeping relative names.

    Where images lie in class folders, these are their labels.

    Raises:
        UserError: ``path`` is missing, not a folder, holds no image, or holds this project's
            own output.
    """
    path = Path(params.path)
    if not path.is_dir():
        problem = (
            "a file, not a folder (source: archive takes a zip or tar)"
            if path.exists()
            else "not found"
        )
        raise UserError(
            f"{path}: {problem}. Make the folder and put images in it, or name another one as "
            "download.path in params.yaml."
        )
    if path.resolve() in folder.resolve().parents:
        raise UserError(
            f"{path}: holds what this program writes, too ({folder.parent}). Put the images in a "
            "folder of their own and name it as download.path in params.yaml."
        )
    files = regular_files(path)
    collector = Collector(folder, "folder", path.as_posix())
    for name, file in tracked(files, "copy", len(files), "files"):
        with open_source(file) as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > LARGEST_FILE:
                collector.reject(name, too_large_file(size))
            else:
                collector.take(name, stream)
    return label_by_folder(collector.finish(REMEDY))
