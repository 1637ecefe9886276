"""A small pack of coloured noise, as the normalize stage would leave it."""

import json

import numpy as np
import pytest

from dcgan_core.data.normalize import IMAGE_COLUMNS
from dcgan_core.tables import write_table


@pytest.fixture
def pack(tmp_path):
    """48 random 16×16 images as uint8 codes."""
    path = tmp_path / "train.npy"
    np.save(path, np.random.default_rng(0).integers(0, 256, (48, 16, 16, 3), dtype=np.uint8))
    return path


@pytest.fixture
def labelled(pack):
    """The same with a label of each image beside it, of three classes, and brightness by class."""
    labels = [("cat", "dog", "eel", "eel")[row % 4] for row in range(48)]
    codes = np.load(pack) // 2
    for row, label in enumerate(labels):
        codes[row] += {"cat": 0, "dog": 64, "eel": 127}[label]
    np.save(pack, codes)
    rows = [("train", row, "x.png", "", "", label) for row, label in enumerate(labels)]
    table = [dict(zip(IMAGE_COLUMNS, row, strict=True)) for row in rows]
    write_table(pack.with_name("images.csv"), table)
    pack.with_name("normalization.json").write_text(json.dumps({"source": "folder"}))
    return pack
