"""Images in class folders, from the files to the scores of each class."""

import json

import numpy as np
import pytest
from PIL import Image

from dcgan_core.data.classes import check_record
from dcgan_core.data.normalize import normalize
from dcgan_core.data.resize import resize
from dcgan_core.data.row_names import read_row_names
from dcgan_core.data.sources import fetch
from dcgan_core.device import resolve
from dcgan_core.errors import UserError
from dcgan_core.evaluate.extractors import EXTRACTORS, Extractor
from dcgan_core.evaluate.fidelity_curve import fidelity_curve
from dcgan_core.evaluate.parzen_curve import parzen_curve
from dcgan_core.nets.snapshot import read_info
from dcgan_core.sample.show import sample_sheet, training_gif
from dcgan_core.train.loop import train

LEVELS = {"cat": 40, "dog": 120, "eel": 200}


def put_folders(root, loose=False):
    rng = np.random.default_rng(0)
    for place, (name, level) in enumerate(LEVELS.items()):
        (root / name).mkdir(parents=True)
        for number in range(30 + 10 * place):
            codes = (level + rng.integers(-20, 20, (16, 16, 3))).astype(np.uint8)
            Image.fromarray(codes).save(root / name / f"{number}.png")
    if loose:
        Image.fromarray(codes).save(root / "loose.png")


def prepare(root, params):
    fetch(params.download, root / "raw")
    resized = [root / name for name in ("16.npy", "16.json", "16-dropped.png")]
    resize(root / "raw", *resized, (16, 16), params.resize, params.clean)
    check_record(root / "16.json")
    normalize(root / "16.npy", root / "16.json", root / "splits", params.normalize)


@pytest.fixture
def means(monkeypatch):
    """An extractor that takes no time: the mean of each column of pixels."""

    def extract(batches, device):
        return np.concatenate([batch.mean(axis=(1, 3), dtype=np.float32) for batch in batches])

    monkeypatch.setitem(
        EXTRACTORS, "means", lambda settings: Extractor("means", {"extractor": "means"}, extract)
    )


@pytest.mark.usefixtures("means")
def test_class_folders_are_learned_shown_and_scored_by_class(tiny, tmp_path):
    put_folders(tmp_path / "own")
    settings = {
        "download.source": "folder",
        "download.path": str(tmp_path / "own"),
        "model.conditional": True,
        "sample.rows": 3,
        "fidelity.samples": 60,
    }
    params, cpu = tiny(settings), resolve("cpu", threads=1)
    prepare(tmp_path, params)
    splits, run = tmp_path / "splits", tmp_path / "run"
    train(params, "16", cpu, splits / "train.npy", run)
    images = read_info(run / "final.safetensors").classes
    assert list(images) == [*LEVELS]
    assert images["cat"] < images["eel"]
    sample_sheet(run / "final.safetensors", tmp_path / "s.png", params.sample, cpu)
    assert read_row_names(tmp_path / "s.png") == [*LEVELS]
    training_gif(run / "snapshots", tmp_path / "t.gif", params.gif, cpu)
    parzen_curve(run / "snapshots", splits, tmp_path / "p.csv", params.parzen, cpu)
    inputs = {"snapshots": run / "snapshots", "discriminator": run / "discriminator.safetensors"}
    targets = {name: tmp_path / name for name in ("table", "record", "best", "copies")}
    fidelity = params.fidelity.model_copy(update={"extractor": "means"})
    fidelity_curve({**inputs, "splits": splits}, targets, fidelity, cpu)
    groups = {group["name"]: group for group in json.loads(targets["record"].read_text())["more"]}
    rows = groups["Classes of samples"]["rows"]
    assert [row["label"] for row in rows] == ["class read back"] + [
        f"class read back: {name}" for name in LEVELS
    ]
    assert rows[0]["real"] == 1
    assert all(0 <= row["low"] <= row["value"] <= row["high"] <= 1 for row in rows)


def test_a_loose_image_is_told_of_before_the_splits_are_made(tiny, tmp_path):
    put_folders(tmp_path / "own", loose=True)
    settings = {"download.source": "folder", "download.path": str(tmp_path / "own")}
    with pytest.raises(UserError, match="121 of 121 images have no label"):
        prepare(tmp_path, tiny({**settings, "model.conditional": True}))
    assert not (tmp_path / "splits").exists()
