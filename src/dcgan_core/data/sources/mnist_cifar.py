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


@dataclass(frozen=True)
class Part:
    """The training or the test part of a dataset.

    Attributes:
        images: N×H×W, or N×H×W×3 for colour, uint8.
        labels: names of the N images' classes; None where an own copy has no labels.
    """

    images: npt.NDArray[np.uint8]
    labels: list[str] | None


Parts = dict[str, Part]


@dataclass(frozen=True)
class Arrays:
    """What is known of such a dataset.

    Attributes:
        load: its parts by name, given the source, download.path and the folder of downloads.
        published: torchvision's class of it, which knows addresses and hashes.
    """

    load: Callable[[str, Path, Path], Parts]
    published: str
    page: str
    licence: str


def fill(folder: Path, params: Download, downloads: Path) -> Manifest:
    """Write at most ``count`` of the dataset's images as ``folder/images/*.png``.

    They come from ``path``, a folder with the official files, packed or unpacked, or CIFAR-10's
    archive itself; what is not there is downloaded. Labels are the published ones; they are left
    out where an own copy of a part's images comes without those of its labels.

    Raises:
        UserError: an own copy is damaged, or a download fails.
    """
    source, dataset = params.source, DATASETS[params.source]
    parts = dataset.load(source, Path(params.path), downloads)
    places = [(name, index) for name, part in parts.items() for index in range(len(part.images))]
    chosen = pick(places, params.count, params.seed)
    manifest = Manifest(source, dataset.licence, dataset.page)
    (folder / "images").mkdir()
    for name, index in tracked(chosen, source, len(chosen), "images"):
        stream = BytesIO()
        Image.fromarray(parts[name].images[index]).save(stream, "PNG")
        content = stream.getvalue()
        file = f"images/{name}_{index:05d}.png"
        (folder / file).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        origin, labels = f"number {index} of {name}", parts[name].labels
        label = labels[index] if labels else None
        manifest.files.append(Entry(file, digest, origin, label=label))
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
    officials = _mnist_files(source)
    parts = {}
    for (part, kind), official in officials.items():
        if kind == "images":
            own = _own_file(official, path)
            images = _read_idx(official, own, path, downloads, "image")
            of_labels = officials[part, "labels"]
            labels = _read_labels(of_labels, path, downloads, len(images), bool(own))
            parts[part] = Part(images, labels)
    if any(part.labels is None for part in parts.values()):
        # Labels of some parts alone would pass for those of the whole.
        parts = {name: Part(part.images, None) for name, part in parts.items()}
    return parts


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
    if _own_copy_of("train-images-idx3-ubyte.gz", "MNIST", path) is None:
        return None
    officials = _mnist_files("mnist")
    arrays = {}
    for kind in ("images", "labels"):
        official = officials["train", kind]
        own = _own_file(official, path)
        if own is None:
            raise UserError(
                f"{path}: holds MNIST's training images, but not {official.name}, which says what "
                f"digits they are. Get it from {official.page} and put it beside them, or take the "
                "images away to have digits drawn."
            )
        arrays[kind] = _read_idx(official, own, path, downloads, kind.removesuffix("s"))
    known = DATASETS["mnist"]
    found = LabelledDigits(arrays["images"], arrays["labels"], known.licence, known.page)
    if len(found.images) != len(found.labels) or set(found.labels.tolist()) != set(range(10)):
        raise UserError(
            f"{path}: its {len(found.labels)} labels are not those of its {len(found.images)} "
            f"training images, which show each digit from 0 to 9. Get both again from {known.page}."
        )
    return found


def _mnist_files(source: str) -> dict[tuple[str, str], Official]:
    """The official files, by part (train or t10k) and kind (images or labels)."""
    published, page = _published(source), DATASETS[source].page
    officials = {}
    for name, md5 in published.resources:
        part, kind = name.split("-")[:2]
        urls = tuple(mirror + name for mirror in published.mirrors)
        officials[part, kind] = Official(source, name, md5, urls, page)
    return officials


def _own_file(official: Official, path: Path) -> Path | None:
    """The user's copy of a file, packed or unpacked."""
    return _own_copy_of(official.name, DATASETS[official.source].published, path)


def _own_copy_of(name: str, folder: str, path: Path) -> Path | None:
    bare, raw = name.removesuffix(".gz"), f"{folder}/raw"
    return own_copy(path, (name, f"{raw}/{name}", bare, f"{raw}/{bare}"))


def _read_labels(
    official: Official, path: Path, downloads: Path, count: int, optional: bool
) -> list[str] | None:
    """The names of the classes of one part's ``count`` images.

    None if they are ``optional`` and there is no own copy of them.

    Raises:
        UserError: the own copy is damaged or of other images, or a download fails.
    """
    own = _own_file(official, path)
    if own is None and optional:
        return None
    numbers = _read_idx(official, own, path, downloads, "label").tolist()
    # Torchvision calls the digits "0 - zero" and so on.
    names = [name.split(" - ")[0] for name in _published(official.source).classes]
    if len(numbers) != count or max(numbers, default=0) >= len(names):
        reason = f"{len(numbers)} labels from 0 to {max(numbers, default=0)} for {count} images"
        raise UserError(_not_whole(own or official.name, official.source, "label", reason))
    return [names[number] for number in numbers]


def _read_idx(
    official: Official, own: Path | None, path: Path, downloads: Path, kind: str
) -> npt.NDArray[Any]:
    """Images or labels, from the user's copy or else a download; ``kind`` is the singular."""
    if own is not None and own.name != official.name:
        return _read_unpacked(own, official.source, kind)
    tools = torchvision_module("datasets.utils", official.source)
    packed = official.obtain(own, path, downloads)
    with TemporaryDirectory(dir=_scratch(downloads)) as scratch:
        unpacked = Path(tools.extract_archive(str(packed), scratch))
        return _read_unpacked(unpacked, official.source, kind)


def _read_unpacked(file: Path, source: str, kind: str) -> npt.NDArray[Any]:
    reader = torchvision_module("datasets.mnist", source)
    try:
        return getattr(reader, f"read_{kind}_file")(str(file)).numpy()
    except (AssertionError, IndexError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise UserError(_not_whole(file, source, kind, str(error))) from error


def _not_whole(file: Path | str, source: str, kind: str, reason: str) -> str:
    without = " to have it downloaded" if kind == "image" else ""
    return (
        f"{file}: not a whole file of {source} {kind}s ({reason}). Get it again from "
        f"{DATASETS[source].page}, or take it away{without}."
    )


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
        parts = {}
        for name in ("train", "test"):
            found = published(unpacked.parent, train=name == "train")
            parts[name] = Part(found.data, [found.classes[number] for number in found.targets])
        return parts
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
