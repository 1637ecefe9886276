"""Folders are classes where every image lies in one, and nowhere else."""

from __future__ import annotations

import csv
import tarfile
import zipfile
from pathlib import Path

import pytest
from samples import picture, put

from dcgan_core.data import manifest
from dcgan_core.data.normalize import normalize
from dcgan_core.data.resize import resize
from dcgan_core.data.sources import fetch
from dcgan_core.data.sources.class_folders import class_folders

LABELLED = {
    "class folders": {"cat/1.jpg": "cat", "cat/2.jpg": "cat", "dog/1.jpg": "dog"},
    "below one folder": {"pets/cat/1.jpg": "cat", "pets/dog/1.jpg": "dog"},
    "torchvision's layout": {
        "train/cat/x.jpg": "cat",
        "train/dog/x.jpg": "dog",
        "test/cat/y.jpg": "cat",
        "test/dog/y.jpg": "dog",
    },
    "its layout in an archive": {"pets/train/cat/x.jpg": "cat", "pets/val/dog/x.jpg": "dog"},
    "at other depths": {"cat/1.jpg": "cat", "wild/fox/1.jpg": "fox"},
    "a class called train": {"train/1.jpg": "train", "ship/1.jpg": "ship"},
    "split, with such a class": {
        "train/train/1.jpg": "train",
        "train/ship/1.jpg": "ship",
        "test/train/2.jpg": "train",
    },
}
UNLABELLED = {
    "side by side": ["1.jpg", "2.jpg"],
    "all in one folder": ["photos/1.jpg", "photos/2.jpg"],
    "one beside the folders": ["cat/1.jpg", "dog/1.jpg", "3.jpg"],
    "one beside the folders, below one folder": ["pets/cat/1.jpg", "pets/dog/1.jpg", "pets/3.jpg"],
    "one class": ["train/cat/1.jpg", "test/cat/2.jpg"],
    "splits without classes": ["train/1.jpg", "Test/2.jpg"],
    "a split without classes": ["train/cat/1.jpg", "train/dog/1.jpg", "test/2.jpg"],
    "nothing": [],
}


@pytest.mark.parametrize("case", LABELLED)
def test_class_folders_are_labels(case) -> None:
    assert class_folders([*LABELLED[case]]) == [*LABELLED[case].values()]


@pytest.mark.parametrize("case", UNLABELLED)
def test_other_folders_are_none(case) -> None:
    assert class_folders(UNLABELLED[case]) is None


def labels(raw: Path) -> dict[str, str | None]:
    return {entry.origin: entry.label for entry in manifest.read(raw).files}


def pack_zip(own: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(own.rglob("*")):
            archive.write(path, path.relative_to(own))


def pack_tar(own: Path, target: Path) -> None:
    with tarfile.open(target, "w:gz") as archive:
        archive.add(own, ".")


@pytest.mark.parametrize("pack", [None, pack_zip, pack_tar], ids=["folder", "zip", "tar"])
@pytest.mark.parametrize("case", LABELLED)
def test_a_source_sets_them(case, pack, tmp_path: Path, download) -> None:
    # What is no image has no say.
    put(tmp_path / "own", {**{name: picture() for name in LABELLED[case]}, "read me.txt": b"x"})
    path = tmp_path / "own"
    if pack:
        path = tmp_path / "own.packed"
        pack(tmp_path / "own", path)
    fetch(download(source="archive" if pack else "folder", path=str(path)), tmp_path / "raw")
    assert labels(tmp_path / "raw") == LABELLED[case]


@pytest.mark.parametrize("pack", [None, pack_zip], ids=["folder", "zip"])
def test_a_source_sets_none_where_there_are_none(pack, tmp_path: Path, download) -> None:
    put(tmp_path / "own", {name: picture() for name in ("cat/1.jpg", "dog/1.jpg", "3.jpg")})
    path = tmp_path / "own"
    if pack:
        path = tmp_path / "own.packed"
        pack(tmp_path / "own", path)
    fetch(download(source="archive" if pack else "folder", path=str(path)), tmp_path / "raw")
    assert {*labels(tmp_path / "raw").values()} == {None}
    assert "label" not in (tmp_path / "raw/manifest.json").read_text()


def test_they_come_through_to_the_splits(
    tmp_path: Path, download, resizing, cleaning, normalizing
) -> None:
    names = [f"{label}/{number}.jpg" for label in ("cat", "dog") for number in range(12)]
    put(tmp_path / "own", {name: picture() for name in names})
    raw, pack, record = (tmp_path / name for name in ("raw", "16.npy", "16.json"))
    fetch(download(path=str(tmp_path / "own")), raw)
    resize(raw, pack, record, tmp_path / "dropped.png", (16, 16), resizing(), cleaning())
    normalize(pack, record, tmp_path / "normalized", normalizing())
    with (tmp_path / "normalized/images.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 24
    assert [row["label"] for row in rows] == [Path(row["file"]).parent.name for row in rows]
