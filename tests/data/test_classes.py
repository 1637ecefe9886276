"""What is a class, and images that have none are told of before any training."""

import json

import numpy as np
import pytest

from dcgan_core.data.class_rows import class_names, training_classes
from dcgan_core.data.classes import MOST, check_labels, check_record, class_of
from dcgan_core.data.normalize import IMAGE_COLUMNS
from dcgan_core.data.row_names import read_row_names
from dcgan_core.errors import UserError
from dcgan_core.tables import write_table


def put_listing(folder, labels, source="folder", split="train"):
    folder.mkdir(exist_ok=True)
    rows = [(split, row, "x.png", "", "", label) for row, label in enumerate(labels)]
    table = [dict(zip(IMAGE_COLUMNS, row, strict=True)) for row in rows]
    write_table(folder / "images.csv", table)
    (folder / "normalization.json").write_text(json.dumps({"source": source}))
    return folder


@pytest.mark.parametrize(
    ("source", "label", "name"),
    [
        ("digits", "407", "4"),
        ("folder", "cat", "cat"),
        ("cifar10", "airplane", "airplane"),
        ("avatars", "head=bun;expression=smile;mask=none", "bun"),
        ("avatars", "surface=rings;moons=none", "rings"),
    ],
)
def test_the_class_of_a_label(source, label, name):
    assert class_of(source, label) == name


def test_classes_are_the_sorted_names_of_the_training_split(tmp_path):
    found = training_classes(put_listing(tmp_path, ["eel", "cat", "eel", "dog"]), 4)
    assert found.names == ("cat", "dog", "eel")
    assert found.images == (1, 1, 2)
    assert found.rows.tolist() == [2, 0, 2, 1]
    found = training_classes(put_listing(tmp_path, ["407", "012", "455"], "digits"), 3)
    assert (found.names, found.images) == (("0", "4"), (1, 2))
    assert class_names(tmp_path, "train", np.array([2, 0]), 3) == ["4", "4"]


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (["cat", "", "dog", ""], "2 of 4 images have no label"),
        (["cat", "cat"], r"1 classes \('cat'\).* 2 to 500"),
        ([f"{place}" for place in range(MOST + 1)], r"501 classes \('0', '1', '10', ...\)"),
    ],
)
def test_images_without_classes_are_told_with_the_remedy(tmp_path, labels, words):
    with pytest.raises(UserError, match=words) as caught:
        training_classes(put_listing(tmp_path, labels), len(labels))
    assert "images.csv: train" in str(caught.value)
    assert "Set model.conditional to false" in str(caught.value)
    images = [{"verdict": "kept", "label": label} for label in labels]
    dropped = {"verdict": "dropped"}
    record = tmp_path / "16.json"
    record.write_text(json.dumps({"source": "folder", "images": [dropped, *images]}))
    with pytest.raises(UserError, match=words):
        check_record(record)


def test_a_record_of_labelled_images_is_fine(tmp_path):
    record = tmp_path / "16.json"
    images = [{"verdict": "kept", "label": label} for label in ("407", "112")]
    record.write_text(json.dumps({"source": "digits", "images": images}))
    check_record(record)
    check_labels("x", ["cat", "dog"])


def test_files_that_name_no_rows_have_none(tmp_path):
    (tmp_path / "x.png").write_text("no picture")
    assert read_row_names(tmp_path / "x.png") == []
    assert read_row_names(tmp_path / "missing.png") == []
