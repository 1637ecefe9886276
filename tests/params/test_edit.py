"""Settings are changed in their place, and nothing else is."""

import os

from settings import ROOT

from dcgan_core.params import load_params
from dcgan_core.params.edit import Change, edited, write_settings

TEXT = (ROOT / "params.yaml").read_text()


def test_only_what_differs_is_changed():
    settings = {"train.lr": 0.0005, "train.epochs": 3, "train.images": 0, "sizes": ["32"]}
    text, changes = edited(TEXT, settings)
    assert changes == [
        Change("train.epochs", 0, 3),
        Change("train.images", 40_000, 0),
        Change("sizes", ["64"], ["32"]),
    ]
    pairs = zip(TEXT.splitlines(), text.splitlines(), strict=True)
    assert sum(before != after for before, after in pairs) == 3


def test_a_long_name_with_anything_in_it_stays_on_its_line(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text(TEXT)
    name = "/" + "a folder: of # photos, 'mine' /" * 10
    assert [one.name for one in write_settings(path, {"download.path": name})] == ["download.path"]
    assert load_params(path).download.path == name
    assert len(path.read_text().splitlines()) == len(TEXT.splitlines())
    assert "# folder: your images; archive" in path.read_text()


def test_a_file_that_has_it_all_is_not_written(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text(TEXT)
    os.utime(path, (1, 1))
    assert write_settings(path, {"train.lr": 0.0005}) == []
    assert path.stat().st_mtime == 1
