"""Grey values of more than 8 bits: equal values become equal codes in all images of a data set."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from settings import KEEP_ALL

from dcgan_core.data.decode import decode, find_extremes
from dcgan_core.data.depth import common_ranges
from dcgan_core.data.look import find_ranges, may_be_deep
from dcgan_core.data.pack import Pack
from dcgan_core.data.resize import resize
from dcgan_core.params import Clean


def save(folder: Path, name: str, values: np.ndarray) -> str:
    Image.fromarray(values).save(folder / name)
    return str(folder / name)


def codes(path: str, paths: list[str]) -> list[int]:
    image = decode(path, 1, ranges=find_ranges(paths)).image
    return np.unique(np.asarray(image)).tolist()


@pytest.mark.parametrize(("dtype", "ending"), [(np.float32, "tif"), (np.int32, "tif")])
def test_equal_values_are_equal_in_all_images(tmp_path: Path, dtype, ending: str) -> None:
    small = save(tmp_path, f"a.{ending}", np.array([[-2, 1]], dtype))
    large = save(tmp_path, f"b.{ending}", np.array([[-2, 1, 8]], dtype))
    assert codes(small, [small, large]) == [0, round(3 * 25.5)]
    assert codes(large, [small, large]) == [0, round(3 * 25.5), 255]
    assert codes(small, [small]) == [0, 255]


@pytest.mark.parametrize("last", [255, 1023, 4095, 16383, 65535])
def test_depth_of_whole_numbers_is_that_of_the_data_set(tmp_path: Path, last: int) -> None:
    dark = save(tmp_path, "dark.png", np.array([[0, last // 3]], np.uint16))
    full = save(tmp_path, "full.png", np.array([[0, last]], np.uint16))
    assert codes(dark, [dark, full]) == [0, 85]
    assert codes(full, [dark, full]) == [0, 255]


def test_kinds_have_ranges_of_their_own(tmp_path: Path) -> None:
    unit = save(tmp_path, "unit.tif", np.array([[0, 0.5]], np.float32))
    deep = save(tmp_path, "deep.png", np.array([[0, 4000]], np.uint16))
    found = find_ranges([unit, deep])
    assert {kind: (one.first, one.last) for kind, one in found.items()} == {
        "F": (0, 1),
        "I;16": (0, 4095),
    }


@pytest.mark.parametrize("value", [-3.5, 0, 7, 1e30])
def test_constant_floats_are_no_division_by_zero(tmp_path: Path, value: float) -> None:
    path = save(tmp_path, "flat.tif", np.full((3, 4), value, np.float32))
    assert len(codes(path, [path])) == 1
    assert decode(path).image.size == (4, 3)


def test_what_cannot_be_read_has_no_say(tmp_path: Path) -> None:
    good = save(tmp_path, "good.tif", np.array([[0, 1]], np.float32))
    nan = save(tmp_path, "nan.tif", np.array([[np.nan, 1e9]], np.float32))
    (tmp_path / "cut.tif").write_bytes(Path(good).read_bytes()[:20])
    assert find_extremes(nan) is None
    assert codes(good, [good, nan, str(tmp_path / "cut.tif")]) == [0, 255]


def test_no_ranges_without_such_images(tmp_path: Path) -> None:
    colour = save(tmp_path, "colour.png", np.zeros((2, 2, 3), np.uint8))
    assert find_ranges([colour]) == {}
    assert common_ranges([]) == {}


def test_eight_bit_heads_are_told_without_pillow(tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg", "a.gif", "a.bmp", "a.webp"):
        content = Path(save(tmp_path, name, np.zeros((2, 2, 3), np.uint8))).read_bytes()
        assert not may_be_deep(content[:256]), name
    deep = Path(save(tmp_path, "deep.png", np.zeros((2, 2), np.uint16))).read_bytes()
    assert may_be_deep(deep[:256])


def test_a_picture_that_comes_out_black_is_told_with_its_cause(
    tmp_path: Path, listed, resizing, caplog: pytest.LogCaptureFixture
) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    save(raw, "dim.tif", np.linspace(0, 3, 64).reshape(8, 8).astype(np.float32))
    save(raw, "fill.tif", np.full((8, 8), 1e30, np.float32))
    listed(raw)
    outputs = [tmp_path / name for name in ("16.npy", "16.json", "16.png")]
    with caplog.at_level(logging.WARNING):
        resize(raw, *outputs, (16, 16), resizing(channels=1), Clean(**KEEP_ALL))
    (warning,) = caplog.messages
    for word in ("nearly black", "dim.tif", "0 to 1e+30", "fill.tif"):
        assert word in warning
    lines = json.loads(outputs[1].read_text(encoding="utf-8"))["images"]
    assert any(note.startswith("nearly black") for note in lines[0]["notes"])
    with Pack(outputs[0]) as pack:
        assert pack.read([0]).max() == 0
        assert pack.read([1]).min() == 255
