"""Where files of the user's may lie: never in a folder that the program empties and fills."""

from __future__ import annotations

from pathlib import Path

from ..errors import UserError
from .schema import Params
from .sources import SOURCES

WRITTEN = ("data/raw", "data/resized", "data/normalized", "results", ".dcgan", ".snakemake", ".dvc")
"""Folders of the project that stages, Snakemake and DVC replace as a whole."""


def refuse_written_folders(params: Params, root: Path) -> None:
    """Check that no file of the user's lies in a folder that the program writes, or the reverse.

    Both engines empty a stage's folders before they run it, so files of one's own in them would be
    gone before any stage could look at them.

    Args:
        params: the settings.
        root: the project's root, which relative paths begin at.

    Raises:
        UserError: ``download.path``, if the source reads it, ``fidelity.extractor_path`` or
            ``train.start_from`` lies in such a folder or holds one.
    """
    if SOURCES[params.download.source].reads_path:
        _refuse_written_folders("download.path", params.download.path, root)
    for setting, value in (
        ("fidelity.extractor_path", params.fidelity.extractor_path),
        ("train.start_from", params.train.start_from),
    ):
        if value:
            _refuse_written_folders(setting, value, root)


def _refuse_written_folders(setting: str, value: str, root: Path) -> None:
    """The same for one setting.

    Raises:
        UserError: as :func:`refuse_written_folders`.
    """
    path = (root / value).resolve()
    for name in WRITTEN:
        folder = (root / name).resolve()
        if path == folder or folder in path.parents:
            relation = f"lies in {name}, which is"
        elif path in folder.parents:
            relation = f"holds {name}, which is"
        else:
            continue
        raise UserError(
            f"{setting} = {value!r} {relation} emptied and filled by this program: "
            "files of yours would be lost. Keep them in a folder of their own, such as data/own."
        )
