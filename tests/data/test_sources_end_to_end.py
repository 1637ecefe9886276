"""From sources to splits: real photographs of many shapes, and digits with their labels."""

import csv
import zipfile

import numpy as np
import pytest

from dcgan_core.data.normalize import normalize
from dcgan_core.data.resize import resize
from dcgan_core.data.sources import fetch
from dcgan_core.evaluate.digit_reader import read_digits
from dcgan_core.records import read_json


@pytest.mark.parametrize("source", ["folder", "archive"])
def test_800_flowers_reach_the_splits(source, tiny, real_images, tmp_path):
    archive = real_images / "flowers64.zip"
    path = archive
    if source == "folder":
        path = tmp_path / "own"
        with zipfile.ZipFile(archive) as stream:
            stream.extractall(path)
    params = tiny({"download.source": source, "download.path": str(path)})
    fetch(params.download, tmp_path / "raw")
    pack, record, sheet = (tmp_path / f"40x24{end}" for end in (".npy", ".json", "-dropped.png"))
    resize(tmp_path / "raw", pack, record, sheet, (40, 24), params.resize, params.clean)
    assert read_json(record)["counts"] == {"kept": 800, "dropped": 0, "rejected": 0}
    normalize(pack, record, tmp_path / "splits", params.normalize)
    shapes = [
        np.load(tmp_path / "splits" / f"{s}.npy").shape for s in ("train", "validation", "test")
    ]
    assert sum(shape[0] for shape in shapes) == 800
    assert {shape[1:] for shape in shapes} == {(40, 24, 3)}


@pytest.mark.parametrize("side", [28, 32, 64])
def test_digits_in_the_splits_are_those_of_their_labels(side, tiny, tmp_path):
    params = tiny({"download.source": "digits", "download.path": str(tmp_path / "none")})
    fetch(params.download, tmp_path / "raw")
    pack, record, sheet = (tmp_path / name for name in ("a.npy", "a.json", "a.png"))
    resize(tmp_path / "raw", pack, record, sheet, (side, side), params.resize, params.clean)
    normalize(pack, record, tmp_path / "splits", params.normalize)
    with open(tmp_path / "splits/images.csv", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == params.download.count
    for split in ("train", "validation", "test"):
        labels = [int(row["label"]) for row in rows if row["split"] == split]
        found = read_digits(np.load(tmp_path / "splits" / f"{split}.npy"))
        assert found.right(np.array(labels)).all()
