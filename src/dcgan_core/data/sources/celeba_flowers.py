"""Datasets published as one archive of pictures: CelebA and Oxford's 102 flowers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...progress import tracked
from ..manifest import Manifest
from ..walk import open_source, regular_files
from .archive import unpack
from .collect import Collector, pick
from .official import Official, own_copy, torchvision_module

if TYPE_CHECKING:
    from ...params import Download

DRIVE = "https://drive.usercontent.google.com/download?id={id}&export=download&confirm=t"


@dataclass(frozen=True)
class Pictures:
    """What is known of such a dataset.

    Attributes:
        archive: its official archive, asked for only when it is needed.
        archives: where an own copy of that may lie, from download.path.
        folders: where an own unpacked copy may lie, from download.path.
        names: what its pictures are called.
    """

    archive: Callable[[], Official]
    archives: tuple[str, ...]
    folders: tuple[str, ...]
    names: re.Pattern
    page: str
    licence: str


def _celeba() -> Official:
    celeba = torchvision_module("datasets", "celeba").CelebA
    file_id, md5, name = next(file for file in celeba.file_list if file[2].endswith(".zip"))
    return Official(
        source="celeba",
        name=name,
        md5=md5,
        urls=(DRIVE.format(id=file_id),),
        page=DATASETS["celeba"].page,
        advice="Google Drive gives this file to a limited number of people a day.",
    )


def _flowers102() -> Official:
    flowers = torchvision_module("datasets", "flowers102").Flowers102
    name, md5 = flowers._file_dict["image"]
    url = flowers._download_url_prefix + name
    return Official("flowers102", name, md5, (url,), DATASETS["flowers102"].page)


DATASETS = {
    "celeba": Pictures(
        archive=_celeba,
        archives=("img_align_celeba.zip", "celeba/img_align_celeba.zip"),
        folders=("img_align_celeba", "celeba/img_align_celeba"),
        names=re.compile(r"\d{6}\.(jpg|png)"),
        page="https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html",
        licence="non-commercial research only; terms at "
        "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html",
    ),
    "flowers102": Pictures(
        archive=_flowers102,
        archives=("102flowers.tgz", "flowers-102/102flowers.tgz"),
        folders=("jpg", "flowers-102/jpg"),
        names=re.compile(r"image_\d{5}\.jpg"),
        page="https://www.robots.ox.ac.uk/~vgg/data/flowers/102/",
        licence="not stated by its makers, who collected the pictures from the web for research",
    ),
}


def fill(folder: Path, params: Download, downloads: Path) -> Manifest:
    """Put at most ``count`` of the dataset's pictures into ``folder/images``.

    They come from ``path``, which is the archive, or a folder with it or with what was unpacked
    from it; if there is neither, the archive is downloaded.

    Raises:
        UserError: the own copy is damaged, or the download fails.
    """
    dataset, path = DATASETS[params.source], Path(params.path)
    collector = Collector(folder, params.source, dataset.page, dataset.licence)
    archive = path if path.is_file() else own_copy(path, dataset.archives)
    unpacked = own_copy(path, dataset.folders) if archive is None else None
    files = [
        (name, file)
        for name, file in (regular_files(unpacked) if unpacked else [])
        if dataset.names.fullmatch(file.name)
    ]
    if files:
        chosen = pick(files, params.count, params.seed)
        for name, file in tracked(chosen, "copy", len(chosen), "files"):
            with open_source(file) as stream:
                collector.take(name, stream)
    else:
        official = dataset.archive()
        local = official.obtain(archive, path, downloads)

        def choose(names: list[str]) -> list[str]:
            pictures = [name for name in names if dataset.names.fullmatch(Path(name).name)]
            return pick(sorted(pictures), params.count, params.seed)

        unpack(local, str(local), collector, choose)
    return collector.finish(f"Get it again from {dataset.page}.")
