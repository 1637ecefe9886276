"""Shapes, crops and antialiasing are right, and what was dropped is said."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from settings import KEEP_ALL

from dcgan_core.data import resize as resize_module
from dcgan_core.data import shared_work
from dcgan_core.data.pack import Pack
from dcgan_core.data.resample import FILTERS, crop_box, fit
from dcgan_core.data.resize import resize
from dcgan_core.errors import UserError
from dcgan_core.params import Clean, size_name

side = st.integers(1, 200)


def gradient(height: int, width: int) -> Image.Image:
    """Red grows downwards, green to the right, one code a pixel."""
    rows, columns = np.mgrid[0:height, 0:width]
    return Image.fromarray(np.stack([rows, columns, np.zeros_like(rows)], axis=2).astype(np.uint8))


def bicubic(pixels: np.ndarray, target: tuple[int, int]) -> np.ndarray:
    """Centre crop and antialiased bicubic (a = -0.5), written out from their definitions."""

    def kernel(x: np.ndarray) -> np.ndarray:
        x = np.abs(x)
        near = 1.5 * x**3 - 2.5 * x**2 + 1
        far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
        return np.where(x < 1, near, np.where(x < 2, far, 0))

    def weights(size: int, count: int, scale: float) -> np.ndarray:
        start = (size - count * scale) / 2
        centres = start + (np.arange(count)[:, None] + 0.5) * scale
        table = kernel((np.arange(size) + 0.5 - centres) / max(scale, 1))
        return table / table.sum(axis=1, keepdims=True)

    height, width = pixels.shape[:2]
    scale = min(height / target[0], width / target[1])
    across = np.einsum("jw,hwc->hjc", weights(width, target[1], scale), pixels.astype(float))
    return np.einsum("ih,hjc->ijc", weights(height, target[0], scale), across)


def test_height_comes_first() -> None:
    assert fit(gradient(250, 240), (157, 128), "bicubic").shape == (157, 128, 3)


@pytest.mark.parametrize("source", [(157, 128), (250, 240), (200, 100), (240, 250), (90, 255)])
@pytest.mark.parametrize("filter", sorted(FILTERS))
def test_crop_is_centred_and_exact(source: tuple[int, int], filter: str) -> None:
    target = (157, 128)
    pixels = fit(gradient(*source), target, filter).astype(float)
    scale = min(source[0] / target[0], source[1] / target[1])
    inner = slice(8, -8)
    for axis, channel in ((0, 0), (1, 1)):
        centre = (source[axis] - 1) / 2
        expected = centre + (np.arange(target[axis]) - (target[axis] - 1) / 2) * scale
        found = pixels[..., channel].mean(axis=1 - axis)
        assert np.abs(found - expected)[inner].max() < 1.0
        assert np.abs((found - expected)[inner].mean()) < 0.3


@pytest.mark.parametrize("target", [(64, 64), (157, 128), (32, 100), (300, 250)])
def test_equals_bicubic_from_its_definition(target: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(60, 196, (241, 180, 3), np.uint8)
    found = fit(Image.fromarray(noise), target, "bicubic")
    assert np.abs(found - bicubic(noise, target)).max() < 1.2, "two roundings to whole codes"


def test_an_image_of_the_right_size_is_copied() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (157, 129, 3), np.uint8)
    assert np.array_equal(fit(Image.fromarray(noise), (157, 128), "lanczos"), noise[:, :128])
    assert np.array_equal(
        fit(Image.fromarray(noise[:, :128]), (157, 128), "bicubic"), noise[:, :128]
    )


@settings(max_examples=300, deadline=None)
@given(side, side, st.integers(16, 300), st.integers(16, 300))
@example(1, 200, 300, 16)
def test_box_lies_in_the_image_and_has_the_shape(
    height: int, width: int, rows: int, columns: int
) -> None:
    left, top, right, bottom = crop_box((height, width), (rows, columns))
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    assert (right - left) / (bottom - top) == pytest.approx(columns / rows, rel=1e-6)
    assert right - left == pytest.approx(width) or bottom - top == pytest.approx(height)


@settings(max_examples=200, deadline=None)
@given(
    side, side, st.sampled_from([(64, 64), (157, 128), (16, 200)]), st.sampled_from(sorted(FILTERS))
)
@example(1, 200, (64, 64), "bicubic")
@example(200, 1, (157, 128), "lanczos")
def test_white_stays_white(height: int, width: int, target: tuple[int, int], filter: str) -> None:
    assert (fit(Image.new("RGB", (width, height), "white"), target, filter) == 255).all()


@pytest.mark.parametrize("filter", sorted(FILTERS))
def test_a_fine_checkerboard_becomes_grey(filter: str) -> None:
    board = (np.indices((512, 512)).sum(axis=0) % 2 * 255).astype(np.uint8)
    pixels = fit(Image.fromarray(board), (64, 64), filter)
    assert np.abs(pixels.astype(int) - 127).max() <= 3


def run(tmp_path: Path, raw: Path, size: tuple[int, int], params) -> tuple[np.ndarray, dict]:
    name = size_name(size)
    outputs = (tmp_path / f"{name}{end}" for end in (".npy", ".json", "-dropped.png"))
    resize(raw, *outputs, size, params, Clean(**KEEP_ALL))
    with Pack(tmp_path / f"{name}.npy") as pack:
        rows = pack.read(range(len(pack)))
    return rows, json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))


def test_good_and_bad_files(
    tmp_path: Path, listed, resizing, caplog: pytest.LogCaptureFixture
) -> None:
    raw = tmp_path / "raw"
    (raw / "images").mkdir(parents=True)
    gradient(200, 180).save(raw / "images/a.png")
    (raw / "images/b.jpg").write_text("no image")
    Image.new("RGB", (90, 90)).save(raw / "images/c.jpg")
    (raw / "images/c.jpg").write_bytes((raw / "images/c.jpg").read_bytes()[:400])
    Image.new("CMYK", (300, 300), (0, 255, 255, 0)).save(raw / "images/d.tif")
    Image.new("L", (20, 20), 9).save(raw / "images/ümlaut.png")
    listed(raw)
    with caplog.at_level(logging.WARNING):
        rows, record = run(tmp_path, raw, (157, 128), resizing())
    assert rows.shape == (3, 157, 128, 3)
    assert [line["verdict"] for line in record["images"]] == [
        "kept",
        "dropped",
        "dropped",
        "kept",
        "kept",
    ]
    assert [line.get("row") for line in record["images"]] == [0, None, None, 1, 2]
    assert record["images"][1]["reason"] == "not an image"
    assert record["images"][2]["reason"].startswith("truncated or corrupt")
    assert record["images"][3]["notes"] == ["converted from CMYK"]
    assert record["images"][4]["notes"] == ["enlarged from 20x20 (height x width)"]
    assert record["counts"] == {"kept": 3, "dropped": 2, "rejected": 0}
    assert (record["height"], record["width"], record["channels"], record["size"]) == (
        157,
        128,
        3,
        "157x128",
    )
    assert (rows[1] == [255, 0, 0]).all()
    assert (rows[2] == 9).all()
    assert "2 of 5 images dropped" in caplog.text
    assert "b.jpg: not an image" in caplog.text


def test_grey_packs(tmp_path: Path, listed, resizing) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    Image.new("RGB", (50, 70), (255, 0, 0)).save(raw / "a.png")
    rows, record = run(tmp_path, listed(raw), (16, 16), resizing(channels=1))
    assert rows.shape == (1, 16, 16, 1)
    assert (rows == 76).all()
    assert record["channels"] == 1


def test_nothing_usable(tmp_path: Path, listed, resizing) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "a.jpg").write_text("no image")
    listed(raw)
    with pytest.raises(UserError, match="none of its 1 files is a usable image"):
        run(tmp_path, raw, (16, 16), resizing())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["raw"]


def test_an_image_exchanged_for_another_is_told(tmp_path: Path, listed, resizing) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    Image.new("RGB", (50, 70), (255, 0, 0)).save(raw / "a.png")
    listed(raw)
    Image.new("RGB", (50, 70), (0, 0, 255)).save(raw / "a.png")
    with pytest.raises(UserError, match=r"a\.png: was changed since it was downloaded"):
        run(tmp_path, raw, (16, 16), resizing())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["raw"]


def test_missing_file_and_manifest(tmp_path: Path, listed, resizing) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    with pytest.raises(UserError, match=r"manifest\.json: not found"):
        run(tmp_path, raw, (16, 16), resizing())
    Image.new("RGB", (9, 9)).save(raw / "a.png")
    listed(raw)
    (raw / "a.png").unlink()
    with pytest.raises(UserError, match=r"a\.png: is missing"):
        run(tmp_path, raw, (16, 16), resizing())


def test_workers_give_the_same_as_one_process(
    tmp_path: Path, listed, resizing, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    random = np.random.default_rng(0)
    for index in range(40):
        shape = (*random.integers(20, 60, 2), 3)
        Image.fromarray(random.integers(0, 256, shape, np.uint8)).save(raw / f"{index:02d}.png")
    (raw / "20.png").write_text("no image")
    listed(raw)
    rows, record = run(tmp_path, raw, (32, 24), resizing())
    monkeypatch.setattr(shared_work, "PACE_SECONDS", 0)
    monkeypatch.setattr(shared_work, "WORTH_SECONDS", 0)
    monkeypatch.setattr(resize_module, "LARGEST_CHUNK", 3)
    monkeypatch.setattr(shared_work, "available_cores", lambda: 2)
    again, record_again = run(tmp_path, raw, (32, 24), resizing())
    assert np.array_equal(rows, again)
    assert record == record_again
    assert len(rows) == 39
