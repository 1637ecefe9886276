"""Cleaning within the resize stage: verdicts, counts, order, and the sheet of what was dropped."""

from __future__ import annotations

import hashlib
import json
import logging
import sys
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dcgan_core.data import resize as resize_module
from dcgan_core.data import shared_work
from dcgan_core.data.clean.checks import Drop
from dcgan_core.data.clean.dropped_sheet import CELL_WIDTH, GAP, HEADER, MOST, Dropped, draw_sheet
from dcgan_core.data.pack import Pack
from dcgan_core.data.resize import resize
from dcgan_core.errors import UserError

ALL_ON = {
    "min_side": 24,
    "max_aspect": 2,
    "min_contrast": 5,
    "min_entropy": 1.5,
    "max_entropy": 7.9,
    "exact_duplicates": True,
    "near_duplicates": 4,
}


@pytest.fixture
def cleaned(tmp_path: Path, listed, resizing, cleaning):
    """A function from a folder of files and settings to (rows, record, sheet, folder)."""

    def run(raw: Path, size: tuple[int, int] = (24, 24), channels: int = 3, **changes):
        out = tmp_path / "out"
        (raw / "manifest.json").unlink(missing_ok=True)
        outputs = [out / name for name in ("x.npy", "x.json", "x-dropped.png")]
        resize(listed(raw), *outputs, size, resizing(channels=channels), cleaning(**changes))
        with Pack(outputs[0]) as pack:
            rows = pack.read(range(len(pack)))
        record = json.loads(outputs[1].read_text(encoding="utf-8"))
        with Image.open(outputs[2]) as sheet:
            return rows, record, sheet.convert("RGB"), out

    return run


def picture(seed: int, height: int = 40, width: int = 50) -> Image.Image:
    """Smooth random colours, unlike those of any other seed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A folder with something for every check, sorted by name."""
    raw = tmp_path / "raw"
    raw.mkdir()
    picture(1).save(raw / "a.png")
    picture(2, 23, 30).save(raw / "b.png")
    picture(3, 40, 90).save(raw / "c.png")
    Image.new("RGB", (40, 40), (9, 99, 9)).save(raw / "d.png")
    Image.fromarray(np.resize(np.array([0, 255], np.uint8), (41, 41))).save(raw / "e.png")
    noise = np.random.default_rng(0).integers(0, 256, (90, 90), np.uint8)
    Image.fromarray(noise).save(raw / "f.png")
    picture(1).save(raw / "g.bmp")
    picture(1).resize((60, 48)).save(raw / "h.jpg", quality=90)
    (raw / "i.jpg").write_text("no image")
    picture(4).save(raw / "j.png")
    return raw


def test_with_all_off_the_bytes_are_those_of_before_there_was_cleaning(
    tmp_path: Path, cleaned
) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    rows, columns = np.mgrid[0:40, 0:50]
    pixels = np.stack([rows * 6, columns * 5, rows + columns], axis=2).astype(np.uint8)
    flat = np.full((30, 30, 3), 7, np.uint8)
    for name, array in {"a": pixels, "b": pixels, "c": pixels[:20, :9], "d": flat}.items():
        header = b"P6 %d %d 255\n" % (array.shape[1], array.shape[0])
        (raw / f"{name}.ppm").write_bytes(header + array.tobytes())
    (raw / "e.ppm").write_bytes(b"no image")
    *_, folder = cleaned(raw)
    digests = [
        hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("x.npy", "x.json")
    ]
    assert digests == [
        "3006adc4c40165a05261d04ede43950854dabfbbbba4f302c64792336e915d5f",
        "f443707d5a3953192703b6e5ddb8a4dd660c01aa28d811c9784c98de7ed8536f",
    ]


def test_every_file_has_its_verdict_and_reason(bad: Path, cleaned, caplog) -> None:
    with caplog.at_level(logging.INFO):
        rows, record, _, _ = cleaned(bad, **ALL_ON)
    reasons = {line["file"]: line.get("reason") for line in record["images"]}
    assert reasons.pop("f.png").startswith("too noisy (entropy 7.9")
    assert reasons.pop("h.jpg").startswith("near duplicate of a.png (")
    assert reasons == {
        "a.png": None,
        "b.png": "too small (23 px, needs 24)",
        "c.png": "too long (sides as 2.25 to 1, at most 2 to 1)",
        "d.png": "too flat (contrast 0, needs 5)",
        "e.png": "too plain (entropy 1, needs 1.5)",
        "g.bmp": "duplicate of a.png",
        "i.jpg": "not an image",
        "j.png": None,
    }
    assert [line["row"] for line in record["images"] if line["verdict"] == "kept"] == [0, 1]
    assert len(rows) == 2
    assert record["counts"] == {"kept": 2, "dropped": 8, "rejected": 0}
    cleaning = record["cleaning"]
    assert (cleaning["checks"], cleaning["before"], cleaning["after"]) == (ALL_ON, 10, 2)
    kinds = ["too small", "too long", "too flat", "too plain", "too noisy"]
    kinds += ["duplicate", "near duplicate", "unreadable"]
    assert cleaning["dropped"] == dict.fromkeys(kinds, 1)
    (line,) = [record.getMessage() for record in caplog.records]
    assert "\n" not in line
    assert "8 of 10 images dropped (too small 1, too long 1, " in line
    assert "), 2 kept; the first: b.png: too small (23 px, needs 24)" in line


def test_each_check_drops_its_own_kind_alone(bad: Path, cleaned) -> None:
    kinds = ("too small", "too long", "too flat", "too plain", "too noisy")
    kinds += ("duplicate", "near duplicate")
    for kind, (name, value) in zip(kinds, ALL_ON.items(), strict=True):
        _, record, _, _ = cleaned(bad, **{name: value})
        assert set(record["cleaning"]["dropped"]) == {kind, "unreadable"}, name
        assert record["cleaning"]["checks"] == {name: value}


def test_the_first_name_stays_however_many_processes(
    tmp_path: Path, cleaned, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    order = np.random.default_rng(0).permutation(36)
    for place, index in enumerate(order):
        image = picture(int(index) // 3)
        if index % 3 == 1:
            image = image.resize((60, 48))
        image.save(raw / f"{place:02d}.{'bmp' if index % 3 == 2 else 'png'}")
    rows, record, sheet, _ = cleaned(raw, exact_duplicates=True, near_duplicates=4)
    first = {}
    for place, index in enumerate(order):
        first.setdefault(int(index) // 3, f"{place:02d}")
    kept = [line["file"][:2] for line in record["images"] if line["verdict"] == "kept"]
    assert kept == sorted(first.values())
    monkeypatch.setattr(shared_work, "PACE_SECONDS", 0)
    monkeypatch.setattr(shared_work, "WORTH_SECONDS", 0)
    monkeypatch.setattr(resize_module, "LARGEST_CHUNK", 2)
    monkeypatch.setattr(shared_work, "available_cores", lambda: 2)
    again, record_again, sheet_again, _ = cleaned(raw, exact_duplicates=True, near_duplicates=4)
    assert np.array_equal(rows, again)
    assert record == record_again
    assert sheet.tobytes() == sheet_again.tobytes()


def test_real_photographs_and_copies_of_them(tmp_path: Path, cleaned, real_images: Path) -> None:
    raw = tmp_path / "raw"
    with zipfile.ZipFile(real_images / "flowers64.zip") as stream:
        stream.extractall(raw)
    _, before, _, _ = cleaned(raw, near_duplicates=6)
    originals = [line["file"] for line in before["images"]]
    for index, name in enumerate(originals[:40]):
        with Image.open(raw / name) as image:
            image.resize((120, 80)).save(raw / f"zz{index:02d}.jpg", quality=85)
    _, after, _, _ = cleaned(raw, near_duplicates=6)
    assert after["images"][: len(originals)] == before["images"], "later files change no verdict"
    copies = after["images"][len(originals) :]
    reasons = {line["file"]: line.get("reason", "").split(" (")[0] for line in before["images"]}
    for name, line in zip(originals, copies, strict=False):
        assert line["reason"].split(" (")[0] == (reasons[name] or f"near duplicate of {name}")


def test_nothing_left_names_the_settings_to_loosen(bad: Path, cleaned, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"too small .* Loosen clean in params\.yaml"):
        cleaned(bad, min_side=1000)
    assert list((tmp_path / "out").iterdir()) == []


def test_without_imagehash_it_is_told_before_any_work(
    bad: Path, cleaned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "imagehash", None)
    with pytest.raises(UserError, match=r"clean\.near_duplicates .* pip install ImageHash"):
        cleaned(bad, near_duplicates=3)
    assert not (tmp_path / "out").exists()
    cleaned(bad, exact_duplicates=True)


def test_the_sheet_shows_the_dropped_beside_the_kept(tmp_path: Path, cleaned) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    picture(1, 80, 80).save(raw / "a.png")
    picture(1, 80, 80).save(raw / "b.bmp")
    Image.new("RGB", (50, 50), (200, 30, 30)).save(raw / "c.png")
    luma = 0.299 * 200 + 0.587 * 30 + 0.114 * 30
    for channels in (3, 1):
        rows, _, sheet, _ = cleaned(raw, (80, 80), channels, exact_duplicates=True, min_contrast=3)
        pixels = np.asarray(sheet)
        top, left = HEADER + GAP, GAP
        pair = [pixels[top:, start:][:80, :80] for start in (left, left + 96 + GAP)]
        for shown in pair:
            assert np.array_equal(shown, np.broadcast_to(rows[0], (80, 80, 3)))
        flat = pixels[top:, left + CELL_WIDTH + GAP :][:50, :50]
        assert (flat == ([200, 30, 30] if channels == 3 else round(luma))).all()


def test_nothing_dropped_is_said_in_a_small_picture(tmp_path: Path, cleaned) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    picture(1).save(raw / "a.png")
    _, record, sheet, _ = cleaned(raw, **(ALL_ON | {"max_entropy": 0}))
    assert record["cleaning"]["dropped"] == {}
    assert sheet.height < 60
    assert np.asarray(sheet).min() < 100, "there is writing on it"


def test_a_sheet_of_very_many_shows_some_of_each_kind() -> None:
    dropped = Dropped()
    grey = np.full((8, 8, 1), 99, np.uint8)
    for index in range(3 * MOST):
        dropped.add(f"{index}.png", Drop("too small", "too small (8 px, needs 9)"), grey)
    for index in range(7):
        dropped.add(f"x{index}.png", Drop("unreadable", "not an image " * 30), None)
    kinds = Counter(shown.drop.kind for shown in dropped.chosen())
    assert kinds == {"too small": MOST - 7, "unreadable": 7}
    assert dropped.by_kind() == "too small 300, unreadable 7"
    sheet = draw_sheet(dropped, 1000, {})
    assert sheet.width < 1200
    assert sheet.height < 4000
