"""The table of images, read back."""

import numpy as np
import pytest

from dcgan_core.data.listing import read_listing
from dcgan_core.data.normalize import IMAGE_COLUMNS
from dcgan_core.errors import UserError
from dcgan_core.tables import write_table


def write(folder, *rows):
    write_table(folder / "images.csv", [dict(zip(IMAGE_COLUMNS, row, strict=True)) for row in rows])


def test_groups_and_labels_stay_text_and_splits_apart(tmp_path):
    write(
        tmp_path,
        ("train", 0, "a.png", "", "", ""),
        ("test", 0, "b.png", "", "007", "1e3"),
        ("train", 1, "c.png", "", "", "rose"),
        ("test", 1, "d.png", "", "", "7"),
    )
    listing = read_listing(tmp_path, "test", 2)
    assert listing.files.tolist() == ["b.png", "d.png"]
    assert listing.groups.tolist() == ["007", ""]
    assert listing.labels.tolist() == ["1e3", "7"]
    assert read_listing(tmp_path, "train", 2).groups_of([0, 1]) is None


def test_an_image_without_a_group_is_one_by_itself(tmp_path):
    rows = [("test", row, "x.png", "", "g" if row % 2 else "", "") for row in range(6)]
    write(tmp_path, *rows)
    groups = read_listing(tmp_path, "test", 6).groups_of(np.array([0, 1, 2, 5]))
    assert groups[1] == groups[3] == "g"
    assert len(set(groups.tolist())) == 3


def test_another_number_of_rows_is_refused(tmp_path):
    write(tmp_path, ("test", 0, "b.png", "", "", ""))
    with pytest.raises(UserError, match=r"images\.csv: does not list the 2 rows of test\.npy"):
        read_listing(tmp_path, "test", 2)
    with pytest.raises(UserError, match=r"images\.csv: not found"):
        read_listing(tmp_path / "none", "test", 2)
