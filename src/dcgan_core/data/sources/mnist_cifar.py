"""Datasets published as arrays of small images: MNIST, Fashion-MNIST and CIFAR-10."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ...errors import UserError
from ...progress import tracked
from ..manifest import Entry, Manifest
from .collect import pick
from .official import Official, own_copy, torchvision_module

if TYPE_CHECKING:
    from ...params import Download

Parts = dict[str, npt.NDArray[np.uint8]]
"""Images by the name of their part: N×H×W, or N×H×W×3 for colour."""


@dataclass(frozen=True)
class Arrays:
    """What is known of such a dataset.

    Attributes:
        load: its images, given the source, download.path and the folder of downloads.
        published: torchvision's class of it, which knows addresses and hashes.
    """

    load: Callable[[str, Path, Path], Parts]
    published: str
    page: str
    licence: str


def fill(folder: Path, params: Download, downloads: Path) -> Manifest:
    """Write at most ``count`` of the dataset's images as ``folder/images/*.png``.

    They come from ``path``, a folder with the official files, packed or unpacked, or CIFAR-10's
    archive itself; what is not there is downloaded.

    Raises:
        UserError: an own copy is damaged, or a download fails.
    """
    source, dataset = params.source, DATASETS[params.source]
    parts = dataset.load(source, Path(params.path), downloads)
    places = [(name, index) for name, images in parts.items() for index in range(len(images))]
    chosen = pick(places, params.count, params.seed)
    manifest = Manifest(source, dataset.licence, dataset.page)
    (folder / "images").mkdir()
    for name, index in tracked(chosen, source, len(chosen), "images"):
        stream = BytesIO()
        Image.fromarray(parts[name][index]).save(stream, "PNG")
        content = stream.getvalue()
        file = f"images/{name}_{index:05d}.png"
        (folder / file).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        manifest.files.append(Entry(file, digest, f"number {index} of {name}"))
    return manifest


def _published(source: str) -> type[Any]:
    """Torchvision's class of the dataset, which knows addresses and hashes."""
    return getattr(torchvision_module("datasets", source), DATASETS[source].published)


def _mnist(source: str, path: Path, downloads: Path) -> Parts:
    if path.is_file():
        raise UserError(
            f"{path}: a file, but {source} comes in several. Name their folder as download.path "
            "in params.yaml."
        )
    return {
        official.name.split("-")[0]: _mnist_array(official, path, downloads)
        for official in _mnist_files(source)
        if "-images-" in official.name
    }


@dataclass(frozen=True)
class LabelledDigits:
    """MNIST's training part: images N×H×W, white on black, and the digit of each, N."""

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    licence: str
    page: str


def own_mnist(path: Path, downloads: Path) -> LabelledDigits | None:
    """MNIST's training part from the user's own copy; None without one. Downloads nothing.

    Args:
        path: download.path, where the official files may be, packed or unpacked.
        downloads: a folder to unpack in.

    Raises:
        UserError: the copy is damaged or has no labels; or torchvision is not installed.
    """
    # Asked first, so that torchvision is needed only where there is something to read.
    if all(copy is None for copy in _own_idx(path, "train-images-idx3-ubyte.gz")):
        return None
    arrays = {}
    for official in _mnist_files("mnist"):
        part, kind = official.name.split("-")[:2]
        if part != "train":
            continue
        if all(copy is None for copy in _own_idx(path, official.name)):
            raise UserError(
                f"{path}: holds MNIST's training images, but not {official.name}, which says what "
                f"digits they are. Get it from {official.page} and put it beside them, or take the "
                "images away to have digits drawn."
            )
        arrays[kind] = _mnist_array(official, path, downloads)
    known = DATASETS["mnist"]
    found = LabelledDigits(arrays["images"], arrays["labels"], known.licence, known.page)
    if len(found.images) != len(found.labels) or set(found.labels.tolist()) != set(range(10)):
        raise UserError(
            f"{path}: its {len(found.labels)} labels are not those of its {len(found.images)} "
            f"training images, which show each digit from 0 to 9. Get both again from {known.page}."
        )
    return found


def _mnist_files(source: str) -> list[Official]:
    published = _published(source)
    return [
        Official(
            source,
            name,
            md5,
            tuple(mirror + name for mirror in published.mirrors),
            DATASETS[source].page,
        )
        for name, md5 in published.resources
    ]


def _own_idx(path: Path, name: str, folder: str = "MNIST") -> tuple[Path | None, Path | None]:
    """The user's copies of a file that is published packed, ``NAME.gz``: packed and unpacked."""
    bare = name.removesuffix(".gz")
    raw = f"{folder}/raw"
    return own_copy(path, (name, f"{raw}/{name}")), own_copy(path, (bare, f"{raw}/{bare}"))


def _mnist_array(official: Official, path: Path, downloads: Path) -> npt.NDArray[Any]:
    """The images, uint8 N×H×W, or labels, int64 N, of one official file."""
    tools = torchvision_module("datasets.utils", official.source)
    packed, unpacked = _own_idx(path, official.name, DATASETS[official.source].published)
    if packed is None and unpacked is not None:
        return _read_idx(unpacked, official)
    packed = official.obtain(packed, path, downloads)
    with TemporaryDirectory(dir=_scratch(downloads)) as scratch:
        return _read_idx(Path(tools.extract_archive(str(packed), scratch)), official)


def _read_idx(file: Path, official: Official) -> npt.NDArray[Any]:
    source, kind = official.source, official.name.split("-")[1]
    reader = torchvision_module("datasets.mnist", source)
    read = reader.read_label_file if kind == "labels" else reader.read_image_file
    try:
        return read(str(file)).numpy()
    except (AssertionError, IndexError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise UserError(
            f"{file}: not a whole file of {source} {kind} ({error}). Get it again from "
            f"{DATASETS[source].page}, or take it away to have it downloaded."
        ) from error


def _cifar(source: str, path: Path, downloads: Path) -> Parts:
    published = _published(source)
    name, unpacked_name = published.filename, published.base_folder
    archive = path if path.is_file() else own_copy(path, (name,))
    unpacked = own_copy(path, (unpacked_name,)) if archive is None else None
    if unpacked is not None:
        return _read_cifar(published, unpacked)
    official = Official(source, name, published.tgz_md5, (published.url,), DATASETS[source].page)
    archive = official.obtain(archive, path, downloads)
    tools = torchvision_module("datasets.utils", source)
    with TemporaryDirectory(dir=_scratch(downloads)) as scratch:
        # The unpacking goes by the file's name, and an own copy may have any.
        link = Path(scratch, name)
        link.symlink_to(archive.resolve())
        tools.extract_archive(str(link), scratch)
        return _read_cifar(published, Path(scratch, unpacked_name))


def _read_cifar(published: type[Any], unpacked: Path) -> Parts:
    try:
        return {
            "train": published(unpacked.parent, train=True).data,
            "test": published(unpacked.parent, train=False).data,
        }
    # The batches are pickles: torchvision loads them only if their md5 is the published one.
    except RuntimeError as error:
        raise UserError(
            f"{unpacked}: its files are incomplete or not those that CIFAR-10 is made of (their "
            f"md5 is another). Get them again from {DATASETS['cifar10'].page}, or take the folder "
            "away to have them downloaded."
        ) from error


def _scratch(downloads: Path) -> Path:
    downloads.mkdir(parents=True, exist_ok=True)
    return downloads


DATASETS = {
    "mnist": Arrays(
        load=_mnist,
        published="MNIST",
        page="http://yann.lecun.com/exdb/mnist/",
        licence="CC BY-SA 3.0; Yann LeCun and Corinna Cortes",
    ),
    "fashion-mnist": Arrays(
        load=_mnist,
        published="FashionMNIST",
        page="https://github.com/zalandoresearch/fashion-mnist",
        licence="MIT; Zalando SE",
    ),
    "cifar10": Arrays(
        load=_cifar,
        published="CIFAR10",
        page="https://www.cs.toronto.edu/~kriz/cifar.html",
        licence="not stated by its makers, who ask to cite Krizhevsky 2009",
    ),
}
