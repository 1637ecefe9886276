"""Somebody's photos: the files of a folder, or of an archive while it is unpacked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..data.image_file import BRANDS_BYTES, is_heif, require_heif, too_large_file
from ..data.sources.archive import unpack
from ..data.sources.class_folders import class_folders
from ..data.sources.collect import Collector, looks_like_image, printable
from ..data.walk import LARGEST_FILE, open_source, regular_files
from ..errors import UserError
from ..parts import part_of
from ..stages.own_files import README, STATE
from .located import REMEDY, located


@dataclass(frozen=True)
class Photos:
    """What the pipeline would take, and what not.

    Attributes:
        path: as the settings name it: relative to the project where it lies in it.
        source: folder or archive, as ``download.source`` has it.
        files: each image's relative name and where it is, in the pipeline's order.
        others: each other file's relative name, and why it is left.
    """

    path: str
    source: str
    files: list[tuple[str, Path]]
    others: list[tuple[str, str]]

    def classes(self) -> list[str] | None:
        """The class of each file, where photos lie in class folders; None where they do not."""
        return class_folders([name for name, _ in self.files])


@contextmanager
def opened(path: Path, root: Path) -> Iterator[Photos]:
    """The photos of a folder; or of an archive, unpacked in the project's folder for so long.

    Raises:
        UserError: there are none, they may not be read, the archive is damaged or unsafe, or there
            are HEIC photos and pillow-heif is not installed.
    """
    source, named = located(path, root)
    if source == "folder":
        yield _checked(_of_folder(path, named))
        return
    (root / STATE).mkdir(exist_ok=True)
    with part_of(root / STATE / "photos") as folder:
        collector = Collector(folder, source, named)
        unpack(path, named, collector)
        listed = collector.finish(REMEDY)
        entries = sorted(listed.files, key=lambda entry: entry.file)
        files = [(entry.origin, folder / entry.file) for entry in entries]
        others = [(one.file, one.reason) for one in listed.rejected]
        yield _checked(Photos(named, source, files, others))


def _of_folder(path: Path, named: str) -> Photos:
    files, others = [], []
    for name, file in regular_files(path.resolve()):
        with open_source(file) as stream:
            head, size = stream.read(BRANDS_BYTES), os.fstat(stream.fileno()).st_size
        if size > LARGEST_FILE:
            others.append((printable(name), too_large_file(size)))
        elif looks_like_image(name, head):
            files.append((printable(name), file))
        elif name != README:
            others.append((printable(name), "not an image"))
    if not files:
        found = f"{len(others)} files, none of them an image" if others else "empty"
        raise UserError(f"{path}: {found}. {REMEDY}")
    return Photos(named, "folder", files, others)


def _checked(photos: Photos) -> Photos:
    """The photos, all of formats that can be read here.

    Raises:
        UserError: one is HEIC, and pillow-heif is not installed.
    """
    for name, file in photos.files:
        with open(file, "rb") as stream:
            if is_heif(stream.read(BRANDS_BYTES)):
                require_heif(f"{name}: a HEIC photo")
    return photos
