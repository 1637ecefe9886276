"""Published datasets, from small files in their official formats."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import struct
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from flaky import Flaky
from PIL import Image
from samples import picture, put
from torchvision import datasets

from dcgan_core.data.sources import celeba_flowers
from dcgan_core.errors import UserError

RANDOM = np.random.default_rng(0)


@pytest.fixture
def get(get_published):
    """Fetch a source, checked."""
    return get_published


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def make_tar(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def pixels(tmp_path: Path, source: str, file: str) -> np.ndarray:
    with Image.open(tmp_path / "raw" / source / file) as image:
        return np.asarray(image)


# CelebA and the flowers: one archive of pictures each.

CELEBA = {f"img_align_celeba/{number:06d}.jpg": picture() for number in range(1, 41)}
FLOWERS = {f"jpg/image_{number:05d}.jpg": picture() for number in range(1, 41)}


def celeba_zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in CELEBA.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch, web_server: Flaky) -> dict[str, bytes]:
    """Small archives in place of the real ones, on a server in place of their makers'."""
    archives = {"celeba": celeba_zip(), "flowers102": make_tar(FLOWERS)}
    files = [("an-id", md5(archives["celeba"]), "img_align_celeba.zip")]
    monkeypatch.setattr(datasets.CelebA, "file_list", files)
    monkeypatch.setattr(celeba_flowers, "DRIVE", f"{web_server.address}/drive?id={{id}}")
    names = {"image": ("102flowers.tgz", md5(archives["flowers102"]))}
    monkeypatch.setattr(datasets.Flowers102, "_file_dict", names)
    monkeypatch.setattr(datasets.Flowers102, "_download_url_prefix", f"{web_server.address}/")
    web_server.put("drive", archives["celeba"])
    web_server.put("102flowers.tgz", archives["flowers102"])
    return archives


ARCHIVES = {
    "celeba": ("img_align_celeba.zip", CELEBA),
    "flowers102": ("102flowers.tgz", FLOWERS),
}


@pytest.mark.parametrize("source", ARCHIVES)
def test_pictures_are_downloaded_once(source, get, published, web_server) -> None:
    found = get(source)
    assert [entry.origin for entry in found.files] == sorted(ARCHIVES[source][1])
    assert {entry.label for entry in found.files} == {None}
    assert len(web_server.asked) == 1
    assert len(get(source, count=16).files) == 16
    assert len(web_server.asked) == 1, "another count needs no second download"


@pytest.mark.parametrize("source", ARCHIVES)
@pytest.mark.parametrize("form", ["archive", "archive in a folder", "folder", "folder's folder"])
def test_an_own_copy_comes_first(source, form, get, own, published, web_server) -> None:
    archive, files = ARCHIVES[source]
    path = own
    if form.startswith("archive"):
        put(own, {archive: published[source]})
        path = own / archive if form == "archive" else own
    else:
        put(own, files)
        path = own / next(iter(files)).split("/")[0] if form == "folder" else own
    assert len(get(source, path).files) == 40
    assert web_server.asked == []


@pytest.mark.parametrize("source", ARCHIVES)
def test_another_archive_is_not_taken_for_it(source, get, own, published, web_server) -> None:
    archive, _ = ARCHIVES[source]
    put(own, {archive: published[source][:-100]})
    for path in (own, own / archive):
        with pytest.raises(UserError) as caught:
            get(source, path)
        for word in (archive, md5(published[source]), "source: archive", "https://"):
            assert word in str(caught.value)
    assert web_server.asked == []


def test_a_count_picks_at_random_and_keeps_what_it_picked(get, own, published) -> None:
    def names(**changes) -> set[str]:
        return {entry.file for entry in get("flowers102", **changes).files}

    few, more, others = names(count=16), names(count=30), names(count=16, seed=1)
    assert few < more
    assert few != others
    assert sorted(few) != sorted(names(count=1000))[:16]
    put(own, FLOWERS)
    assert {Path(name).name for name in names(count=16)} == {Path(name).name for name in few}


def test_the_quota_of_google_drive(get, own, published, web_server) -> None:
    page = b"<!DOCTYPE html><html><head><title>Google Drive - Quota exceeded</title></head></html>"
    web_server.put("drive", page)
    with pytest.raises(UserError) as caught:
        get("celeba")
    message = str(caught.value)
    for word in ("Quota exceeded", "by hand", "img_align_celeba.zip", str(own), "download.path"):
        assert word in message
    assert "\n" not in message


def test_after_the_quota_a_copy_got_by_hand_is_enough(
    tmp_path: Path, get, own, published, web_server
) -> None:
    web_server.put("drive", b"<html><head><title>Quota exceeded</title></head></html>")
    with pytest.raises(UserError, match="Quota exceeded"):
        get("celeba")
    assert not list(tmp_path.rglob("*.part"))
    assert not (tmp_path / "raw/celeba").exists()
    web_server.asked.clear()
    put(own, {"img_align_celeba.zip": published["celeba"]})
    assert [entry.origin for entry in get("celeba").files] == sorted(CELEBA)
    assert web_server.asked == []


# MNIST and its like: gzipped arrays.


def idx(array: np.ndarray) -> bytes:
    """IDX as its maker describes it: type and rank, sizes, values."""
    shape = array.shape
    return struct.pack(f">{1 + len(shape)}I", 0x800 + len(shape), *shape) + array.tobytes()


LABELS = {
    "train": (np.arange(30) * 7 % 10).astype(np.uint8),
    "t10k": (np.arange(10) * 3 % 10).astype(np.uint8),
}
FASHION = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker"]
FASHION += ["Bag", "Ankle boot"]


@pytest.fixture
def digits(monkeypatch: pytest.MonkeyPatch, web_server: Flaky) -> dict[str, np.ndarray]:
    """Small parts of MNIST and Fashion-MNIST, the first mirror of which is out of order."""
    parts = {"train": 30, "t10k": 10}
    parts = {
        part: RANDOM.integers(0, 256, (count, 28, 28), np.uint8) for part, count in parts.items()
    }
    names = {f"{part}-images-idx3-ubyte.gz": idx(images) for part, images in parts.items()}
    names |= {f"{part}-labels-idx1-ubyte.gz": idx(labels) for part, labels in LABELS.items()}
    packed = {name: gzip.compress(content, mtime=0) for name, content in names.items()}
    for name, content in packed.items():
        web_server.put(f"second/{name}", content)
    resources = [(name, md5(content)) for name, content in packed.items()]
    mirrors = [f"{web_server.address}/first/", f"{web_server.address}/second/"]
    for name in ("MNIST", "FashionMNIST"):
        monkeypatch.setattr(getattr(datasets, name), "resources", resources)
        monkeypatch.setattr(getattr(datasets, name), "mirrors", mirrors)
    return parts


@pytest.mark.parametrize("source", ["mnist", "fashion-mnist"])
def test_digits_from_the_second_mirror(source, tmp_path, get, digits) -> None:
    found = get(source)
    assert len(found.files) == 40
    for part, images in digits.items():
        for index in (0, len(images) - 1):
            file = f"images/{part}_{index:05d}.png"
            assert (pixels(tmp_path, source, file) == images[index]).all()


def labels_of(found) -> dict[str, str | None]:
    return {Path(entry.file).stem: entry.label for entry in found.files}


@pytest.mark.parametrize(
    ("source", "names"), [("mnist", [*"0123456789"]), ("fashion-mnist", FASHION)]
)
def test_digits_have_the_published_labels(source, names, get, digits) -> None:
    expected = {
        f"{part}_{index:05d}": names[label]
        for part, labels in LABELS.items()
        for index, label in enumerate(labels)
    }
    assert labels_of(get(source)) == expected
    few = labels_of(get(source, count=16))
    assert len(few) == 16
    assert few.items() <= expected.items()


def own_digits(own: Path, digits, labels: list[str], packed: bool = False) -> None:
    files = {f"{part}-images-idx3-ubyte": idx(images) for part, images in digits.items()}
    files |= {f"{part}-labels-idx1-ubyte": idx(LABELS[part]) for part in labels}
    if packed:
        files = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in files.items()}
    put(own, files)


@pytest.mark.parametrize("packed", [True, False])
def test_own_digits_have_the_labels_beside_them(packed, get, own, digits, web_server) -> None:
    own_digits(own, digits, ["train", "t10k"], packed)
    found = labels_of(get("mnist"))
    assert found["train_00001"] == "7"
    assert found["t10k_00009"] == "7"
    assert None not in found.values()
    assert web_server.asked == []


@pytest.mark.parametrize("labels", [[], ["train"]])
def test_own_digits_without_all_their_labels_have_none(
    labels, get, own, digits, web_server
) -> None:
    own_digits(own, digits, labels)
    found = labels_of(get("mnist"))
    assert len(found) == 40
    assert {*found.values()} == {None}
    assert web_server.asked == []


@pytest.mark.parametrize(
    "labels",
    [b"text", idx(LABELS["train"])[:-3], idx(LABELS["t10k"]), idx(LABELS["train"] + 1)],
    ids=["no IDX", "cut short", "of other images", "of an eleventh class"],
)
def test_damaged_labels_are_named(labels, get, own, digits) -> None:
    own_digits(own, digits, ["train", "t10k"])
    put(own, {"train-labels-idx1-ubyte": labels})
    with pytest.raises(UserError, match="train-labels-idx1-ubyte: not a whole file of mnist label"):
        get("mnist")


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("folder", ["", "MNIST/raw/"])
def test_own_digits_come_first(packed, folder, get, own, digits, web_server) -> None:
    for part, images in digits.items():
        name, content = f"{folder}{part}-images-idx3-ubyte", idx(images)
        put(own, {f"{name}.gz": gzip.compress(content, mtime=0)} if packed else {name: content})
    assert len(get("mnist").files) == 40
    assert web_server.asked == []


def test_damaged_digits(get, own, digits) -> None:
    put(own, {"train-images-idx3-ubyte.gz": b"\x1f\x8bnot really"})
    with pytest.raises(UserError, match=r"idx3-ubyte\.gz: its md5.*get it again from http"):
        get("mnist")
    (own / "train-images-idx3-ubyte.gz").unlink()
    for content in (b"", b"text", idx(digits["train"])[:-1000]):
        put(own, {"train-images-idx3-ubyte": content})
        with pytest.raises(UserError, match="not a whole file of mnist images"):
            get("mnist")
    with pytest.raises(UserError, match="a file, but mnist comes in several"):
        get("mnist", own / "train-images-idx3-ubyte")


# CIFAR-10: pickled batches in a tar.


@pytest.fixture
def cifar(monkeypatch: pytest.MonkeyPatch, web_server: Flaky) -> tuple[np.ndarray, dict]:
    """A small CIFAR-10: its training images, and its files by name."""
    rows = RANDOM.integers(0, 256, (6, 10, 3072), np.uint8)
    names = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]
    files = {
        name: pickle.dumps({"data": batch, "labels": [(place + i) % 3 for i in range(10)]})
        for place, (name, batch) in enumerate(zip(names, rows, strict=True))
    }
    files["batches.meta"] = pickle.dumps({"label_names": ["airplane", "bird", "cat"]})
    listed = [[name, md5(content)] for name, content in files.items()]
    monkeypatch.setattr(datasets.CIFAR10, "train_list", listed[:5])
    monkeypatch.setattr(datasets.CIFAR10, "test_list", listed[5:6])
    meta = datasets.CIFAR10.meta | {"md5": listed[6][1]}
    monkeypatch.setattr(datasets.CIFAR10, "meta", meta)
    files = {f"cifar-10-batches-py/{name}": content for name, content in files.items()}
    archive = make_tar(files)
    monkeypatch.setattr(datasets.CIFAR10, "tgz_md5", md5(archive))
    url = web_server.put("cifar-10-python.tar.gz", archive)
    monkeypatch.setattr(datasets.CIFAR10, "url", url)
    images = rows.reshape(60, 3, 32, 32).transpose(0, 2, 3, 1)
    return images, files


def test_cifar10(tmp_path: Path, get, cifar) -> None:
    images, _ = cifar
    assert len(get("cifar10").files) == 60
    assert (pixels(tmp_path, "cifar10", "images/train_00049.png") == images[49]).all()
    assert (pixels(tmp_path, "cifar10", "images/test_00009.png") == images[59]).all()
    assert len(get("cifar10", count=16).files) == 16


def test_cifar10_has_the_published_labels(get, cifar) -> None:
    found = labels_of(get("cifar10"))
    # Batch 4 begins at 0 + 3, of three names; the test batch is the sixth.
    assert [found[f"train_{index:05d}"] for index in range(30, 33)] == ["airplane", "bird", "cat"]
    assert [found[f"test_{index:05d}"] for index in range(3)] == ["cat", "airplane", "bird"]
    assert None not in found.values()


@pytest.mark.parametrize("form", ["of its name", "of another name", "batches", "batches' folder"])
def test_own_cifar10_comes_first(form, get, own, cifar, web_server) -> None:
    path = own
    if form == "of its name":
        put(own, {"cifar-10-python.tar.gz": web_server.files["cifar-10-python.tar.gz"]})
    elif form == "of another name":
        put(own, {"cifar": web_server.files["cifar-10-python.tar.gz"]})
        path = own / "cifar"
    else:
        put(own, cifar[1])
        path = own / "cifar-10-batches-py" if form == "batches" else own
    assert len(get("cifar10", path).files) == 60
    assert web_server.asked == []


def test_strange_batches_are_not_unpickled(get, own, cifar) -> None:
    put(own, {"cifar-10-batches-py/data_batch_1": b"cos\nsystem\n(S'touch evil'\ntR."})
    with pytest.raises(UserError, match=r"batches-py: its files are incomplete or not those"):
        get("cifar10")


def test_a_jpeg_version_is_for_the_archive_source(get, own, cifar, real_images) -> None:
    with pytest.raises(UserError, match=r"cifar10-jpeg\.zip: its md5.*source: archive"):
        get("cifar10", real_images / "cifar10-jpeg.zip")


@pytest.mark.parametrize("source", ["celeba", "flowers102", "mnist", "cifar10"])
def test_torchvision_is_named_when_missing(source, get, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "torchvision.datasets", None)
    with pytest.raises(UserError, match="pip install torchvision"):
        get(source)
