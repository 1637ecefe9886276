"""Bad input of the user's own making: folders and names."""

from pathlib import Path

from case import Case, change, own_images


def _empty(root: Path) -> None:
    for file in own_images(root).iterdir():
        file.unlink()


def _missing(root: Path) -> None:
    change(root, {"download.source": "folder", "download.path": "data/nowhere"})


def _in_raw(root: Path) -> None:
    change(root, {"download.source": "folder", "download.path": "data/raw/folder"})


CASES = [
    Case("folder-empty", _empty, ("download",), ("data/own",)),
    Case("folder-missing", _missing, ("download",), ("data/nowhere",)),
    Case("folder-inside-the-programs-own", _in_raw, ("download",), ("data/raw/folder",)),
]
