"""The three split files hold the pack's rows, and the record describes them truly."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dcgan_core.data.codes import array_to_unit
from dcgan_core.data.normalize import normalize
from dcgan_core.data.pack import PackWriter
from dcgan_core.data.resize import resize
from dcgan_core.data.splits import SPLITS
from dcgan_core.errors import UserError


def write_pack(
    folder: Path, rows: np.ndarray, groups: list[str] | None = None
) -> tuple[Path, Path]:
    """A pack and its record; an image's hash is that of its pixels."""
    count, height, width, channels = rows.shape
    with PackWriter(folder / "p.npy", height, width, channels, np.uint8) as pack:
        pack.append(rows)
    images = [
        {
            "file": f"{row}.png",
            "sha256": hashlib.sha256(rows[row].tobytes()).hexdigest(),
            "verdict": "kept",
            "row": row,
        }
        for row in range(count)
    ]
    for line, group in zip(images, groups or [], strict=False):
        line["group"] = group
    images.insert(
        1, {"file": "bad", "sha256": "0" * 64, "verdict": "dropped", "reason": "not an image"}
    )
    record = {
        "height": height,
        "width": width,
        "channels": channels,
        "source": "s",
        "licence": "l",
        "images": images,
    }
    (folder / "p.json").write_text(json.dumps(record))
    return folder / "p.npy", folder / "p.json"


def noise(count: int, seed: int = 0, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 4, 3, channels), np.uint8)


def table(folder: Path) -> list[dict[str, str]]:
    with open(folder / "images.csv", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32"])
def test_every_row_goes_to_one_place(
    tmp_path: Path, normalizing, dtype: str, channels: int
) -> None:
    rows = noise(200, channels=channels)
    normalize(*write_pack(tmp_path, rows), tmp_path / "n", normalizing(dtype=dtype))
    record = json.loads((tmp_path / "n/normalization.json").read_text())
    lines = table(tmp_path / "n")
    assert len(lines) == 200
    assert sum(record["counts"].values()) == 200
    expected = {split: [] for split in SPLITS}
    for line, row in zip(lines, rows, strict=True):
        assert int(line["row"]) == len(expected[line["split"]])
        expected[line["split"]].append(row)
    assert record["counts"]["new_places"] == 0
    for split in SPLITS[:3]:
        found = np.load(tmp_path / f"n/{split}.npy")
        wanted = np.stack(expected[split])
        stored = wanted if dtype == "uint8" else array_to_unit(wanted).astype(dtype)
        assert np.array_equal(found, stored)
        content = (tmp_path / f"n/{split}.npy").read_bytes()
        assert record["sha256"][split] == hashlib.sha256(content).hexdigest()
    train = np.stack(expected["train"]) / 127.5 - 1
    assert record["mean"] == pytest.approx(train.mean(axis=(0, 1, 2)), abs=1e-12)
    assert record["std"] == pytest.approx(train.std(axis=(0, 1, 2)), abs=1e-12)
    assert (record["scale"], record["offset"], record["dtype"], record["licence"]) == (
        127.5,
        -1.0,
        dtype,
        "l",
    )


@settings(max_examples=15, deadline=None)
@given(first=st.integers(60, 120), more=st.integers(1, 100))
def test_more_images_move_no_others(
    tmp_path_factory: pytest.TempPathFactory, first: int, more: int
) -> None:
    from dcgan_core.params.schema import Normalize

    params = Normalize(validation=0.2, test=0.2, new_places=0, dtype="uint8")
    rows = noise(first + more)
    splits = []
    for count in (first, first + more):
        folder = tmp_path_factory.mktemp("n")
        normalize(*write_pack(folder, rows[::-1][-count:]), folder / "n", params)
        splits.append({line["sha256"]: line["split"] for line in table(folder / "n")})
    assert splits[0].items() <= splits[1].items()


def test_copies_stay_together(tmp_path: Path, normalizing) -> None:
    rows = np.concatenate([noise(100)] * 3)
    normalize(*write_pack(tmp_path, rows), tmp_path / "n", normalizing())
    places: dict[str, set[str]] = {}
    for line in table(tmp_path / "n"):
        places.setdefault(line["sha256"], set()).add(line["split"])
    assert len(places) == 100
    assert all(len(place) == 1 for place in places.values())


def test_groups_held_out_are_whole_and_all_others_are_in_every_split(
    tmp_path: Path, normalizing
) -> None:
    groups = [f"g{index % 17:02d}" for index in range(1700)]
    normalize(*write_pack(tmp_path, noise(1700), groups), tmp_path / "n", normalizing())
    record = json.loads((tmp_path / "n/normalization.json").read_text())
    splits: dict[str, set[str]] = {}
    for line in table(tmp_path / "n"):
        assert line["group"] == groups[int(line["file"].removesuffix(".png"))]
        splits.setdefault(line["group"], set()).add(line["split"])
    held_out = {group for group, found in splits.items() if found == {"new_places"}}
    assert sorted(held_out) == record["held_out_groups"]
    assert len(held_out) == 2
    assert record["counts"]["new_places"] == 200
    inside = [found for group, found in splits.items() if group not in held_out]
    assert inside == [{"train", "validation", "test"}] * 15


def test_labels_come_along(tmp_path: Path, normalizing) -> None:
    pack, record = write_pack(tmp_path, noise(40))
    content = json.loads(record.read_text())
    for line in content["images"][1:]:
        line["label"] = "a rose"
    record.write_text(json.dumps(content))
    normalize(pack, record, tmp_path / "n", normalizing())
    assert [line["label"] for line in table(tmp_path / "n")] == ["", *["a rose"] * 39]


def test_too_few_images(tmp_path: Path, normalizing) -> None:
    with pytest.raises(UserError, match=r"3 usable .*has \d images and needs at least 2"):
        normalize(*write_pack(tmp_path, noise(3)), tmp_path / "n", normalizing())
    pack = write_pack(tmp_path, noise(12), [*"abcd" * 3])
    with pytest.raises(UserError, match=r"by normalize.new_places: images 3, groups 1\."):
        normalize(*pack, tmp_path / "n", normalizing())
    assert not (tmp_path / "n").exists()


def test_pack_of_another_record(tmp_path: Path, normalizing) -> None:
    pack, record = write_pack(tmp_path, noise(40))
    content = json.loads(record.read_text())
    content["images"].pop()
    record.write_text(json.dumps(content))
    with pytest.raises(UserError, match="does not describe"):
        normalize(pack, record, tmp_path / "n", normalizing())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda record: record.pop("images"), 'has no "images"'),
        (lambda record: record.pop("height"), 'has no "height"'),
        (lambda record: record["images"].__setitem__(3, None), r"images\[3\]: holds None"),
        (lambda record: record["images"][3].pop("verdict"), r'images\[3\]: has no "verdict"'),
        (lambda record: record["images"][3].pop("sha256"), r'images\[3\]: has no "sha256"'),
        (lambda record: record["images"][3].update(group=[1]), r"images\[3\]: group = \[1\]"),
        (lambda record: record["images"].reverse(), "does not describe"),
        (lambda record: record["images"][3].update(row=7), "does not describe"),
    ],
)
def test_a_record_that_is_not_whole_is_told(tmp_path: Path, normalizing, change, words) -> None:
    pack, path = write_pack(tmp_path, noise(40))
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))
    with pytest.raises(UserError, match=rf"p\.json.*{words}"):
        normalize(pack, path, tmp_path / "n", normalizing())
    assert not (tmp_path / "n").exists()


def test_a_second_run_replaces_the_first(
    tmp_path: Path, listed, resizing, cleaning, normalizing
) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    for index, row in enumerate(noise(60)):
        Image.fromarray(row).save(raw / f"{index}.png")
    listed(raw)
    contents = []
    for _ in range(2):
        outputs = (tmp_path / name for name in ("16.npy", "16.json", "16-dropped.png"))
        resize(raw, *outputs, (16, 16), resizing(), cleaning())
        normalize(
            tmp_path / "16.npy",
            tmp_path / "16.json",
            tmp_path / "n",
            normalizing(validation=0.2, test=0.2),
        )
        contents.append({path.name: path.read_bytes() for path in (tmp_path / "n").iterdir()})
    assert contents[0] == contents[1]
    assert set(contents[0]) == {
        "train.npy",
        "validation.npy",
        "test.npy",
        "normalization.json",
        "images.csv",
    }
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["16-dropped.png", "16.json", "16.npy", "n", "raw"]
