"""Real photographs of many shapes, as a folder and as the archive they come in."""

import zipfile

import numpy as np
import pytest

from dcgan_core.data.normalize import normalize
from dcgan_core.data.resize import resize
from dcgan_core.data.sources import fetch
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
