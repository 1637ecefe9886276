"""Classes read back: of samples that are what they should be, and of others."""

import json

import numpy as np
import pytest

from dcgan_core.data.digit_triples import DRAWN
from dcgan_core.data.normalize import IMAGE_COLUMNS
from dcgan_core.data.sources.digits import draw_image, image_generator
from dcgan_core.device import resolve
from dcgan_core.evaluate import classes_record as module
from dcgan_core.evaluate.classes_record import classes_record
from dcgan_core.evaluate.estimates import wilson
from dcgan_core.evaluate.extractors import Extractor
from dcgan_core.evaluate.feature_maker import FeatureMaker
from dcgan_core.evaluate.real_sets import RealSet
from dcgan_core.nets import Classes
from dcgan_core.tables import write_table

LEVELS = {"cat": 40, "dog": 120, "eel": 200}
CPU = resolve("cpu", threads=1)


def means(batches, device):
    """Features that take no time: the mean of each column of pixels."""
    return np.concatenate([batch.mean(axis=(1, 3), dtype=np.float32) for batch in batches])


MAKER = FeatureMaker(Extractor("means", {"extractor": "means"}, means), CPU)


def grey(names, seed=0):
    """An image of each class's brightness, with grain."""
    grain = np.random.default_rng(seed).integers(-20, 20, (len(names), 16, 16, 3))
    return (np.array([LEVELS[name] for name in names])[:, None, None, None] + grain).astype("u1")


def real_sets(folder, images, labels, source):
    """Splits in a folder, every row of which is used."""
    lines = []
    for split in images:
        np.save(folder / f"{split}.npy", images[split])
        rows = [(split, row, "x.png", "", "", label) for row, label in enumerate(labels[split])]
        lines += [dict(zip(IMAGE_COLUMNS, row, strict=True)) for row in rows]
    write_table(folder / "images.csv", lines)
    (folder / "normalization.json").write_text(json.dumps({"source": source}))
    return {
        split: RealSet(
            folder / f"{split}.npy",
            np.arange(len(codes)),
            means([codes], None),
            groups=None,
            labels=np.array(labels[split]),
        )
        for split, codes in images.items()
    }


def folder_of(real):
    """The folder of splits."""
    return real["train"].path.parent


class Drawn:
    """In place of a conditional generator: what it is called with, as ``seen_batches`` does."""

    latent_length = 4

    def __init__(self, classes):
        self.classes = classes


@pytest.fixture
def sampled(monkeypatch):
    """Lets the samples be given images."""

    def use(images):
        monkeypatch.setattr(module, "seen_batches", lambda *_: iter([images]))

    return use


@pytest.fixture
def greys(tmp_path):
    counts = {"train": 60, "validation": 12, "test": 30}
    names = {split: [*LEVELS] * (count // 3) for split, count in counts.items()}
    images = {split: grey(names[split], seed) for seed, split in enumerate(names)}
    return real_sets(tmp_path, images, names, "folder")


def test_an_svm_reads_back_the_classes_of_samples(greys, sampled):
    classes = Classes(tuple(LEVELS), (20, 20, 20))
    numbers = classes.first(90).numpy()
    shown = np.array([*LEVELS])[numbers]
    # All eels are cats, the rest is as it should be.
    sampled(grey(np.where(shown == "eel", "cat", shown), seed=9))
    found = classes_record(Drawn(classes), folder_of(greys), greys, 90, 3, CPU, MAKER)
    rows = {row["metric"]: row for row in found["rows"]}
    share = float((shown != "eel").mean())
    assert rows["class_read_back"]["value"] == pytest.approx(share)
    low, high = wilson(share, 90)
    assert (rows["class_read_back"]["low"], rows["class_read_back"]["high"]) == (low, high)
    assert [rows[f"class_read_back_{place}"]["value"] for place in range(3)] == [1, 1, 0]
    assert {row["real"] for row in rows.values()} == {1.0}
    assert rows["class_read_back_2"]["label"] == "class read back: eel"
    assert "60 real training images" in found["sentence"]


def test_of_too_few_images_of_a_class_nothing_is_said(greys, sampled):
    classes = Classes(tuple(f"{place}" for place in range(7)), (8,) * 7)
    sampled(grey(["cat"] * 10))
    assert classes_record(Drawn(classes), folder_of(greys), greys, 10, 3, CPU, MAKER) is None


def test_at_most_ten_classes_have_a_row(greys, sampled, monkeypatch):
    monkeypatch.setattr(module, "FEWEST_OF_A_CLASS", 1)
    names = ("cat", "dog", "eel", *(f"x{place}" for place in range(27)))
    sampled(grey(["cat"] * 60))
    found = classes_record(
        Drawn(Classes(names, (2,) * 30)), folder_of(greys), greys, 60, 3, CPU, MAKER
    )
    assert [row["label"] for row in found["rows"]][:3] == [
        "class read back",
        "class read back: cat",
        "class read back: x0",
    ]
    assert len(found["rows"]) == 11
    # Of a class that no test image has, real ones reach nothing.
    assert found["rows"][2]["real"] is None


def test_red_digits_are_read_by_the_digit_reader(tmp_path, sampled):
    def drawn(triples):
        pairs = enumerate(triples)
        return np.stack([draw_image(triple, image_generator(5, place)) for place, triple in pairs])

    triples = list(DRAWN[::30])
    names, images = [f"{triple:03d}" for triple in triples], drawn(triples)
    splits = ("train", "test")
    real = real_sets(
        tmp_path, dict.fromkeys(splits, images), dict.fromkeys(splits, names), "digits"
    )
    classes = Classes(tuple("0123456789"), (1,) * 10)
    wanted = classes.first(20).tolist()
    # Every second one shows another red digit than it should.
    sampled(drawn([(digit + place % 2) % 10 * 100 + 7 for place, digit in enumerate(wanted)]))
    found = classes_record(Drawn(classes), folder_of(real), real, 20, 3, CPU, MAKER)
    assert found["rows"][0]["value"] == pytest.approx(0.5, abs=0.06)
    assert found["rows"][0]["real"] > 0.95
    assert len(found["rows"]) == 11
    assert "red digit" in found["sentence"]
