"""What the page holds: which snapshots, how large, whose words; without a browser."""

import base64
import io
import json
import re

import numpy as np
import pytest
from explore.generators import CASES, CLASSES, made, save, write_run
from PIL import Image

from dcgan_core.data.alpha import on_neutral
from dcgan_core.data.pack import Pack
from dcgan_core.errors import UserError
from dcgan_core.evaluate.reals import choose_rows
from dcgan_core.explore import explorer as stage
from dcgan_core.explore import training_images
from dcgan_core.explore.engine import engine
from dcgan_core.explore.page import SCRIPTS
from dcgan_core.explore.training_images import small_sides, training_sprite


def page_of(folder, name="as shipped", images=(10, 20, 30), best=30):
    generator = made(CASES[name])
    write_run(folder, dict.fromkeys(images, generator), best)
    return written(folder)


def written(folder) -> str:
    target = folder / "explorer.html"
    stage.explorer(folder / "snapshots", folder / "best.safetensors", folder / "normalized", target)
    return target.read_text()


def facts_of(page: str) -> dict:
    return json.loads(re.search(r'id="facts">(.*?)</script>', page)[1])


def test_the_same_run_gives_the_same_bytes_and_it_names_no_address(tmp_path):
    page = page_of(tmp_path)
    assert written(tmp_path) == page
    assert not re.findall(r"https?://|//www\.|@import|\bfetch\(|XMLHttpRequest|import\(", page)
    assert "content=\"default-src 'none'; script-src 'unsafe-inline' blob:" in page
    # No text of the page ends a script before its time.
    assert page.count("</script") == 4 + len(facts_of(page)["snapshots"])
    assert "</script" not in engine()


def test_all_snapshots_are_in_it_where_there_is_room(tmp_path):
    facts = facts_of(page_of(tmp_path, best=20))
    assert [one["images"] for one in facts["snapshots"]] == [10, 20, 30]
    assert facts["best"] == 1


def test_a_larger_network_brings_fewer_and_says_so(tmp_path, monkeypatch):
    whole = page_of(tmp_path, images=range(10, 100, 10), best=40)
    text = re.search(r'id="weights-0">(.*?)</script>', whole)[1]
    sprite = re.search(r'id="sprite">(.*?)</script>', whole)[1]
    monkeypatch.setattr(stage, "PAGE_ITSELF", len(whole) - len(sprite) - 9 * len(text))
    monkeypatch.setattr(stage, "LARGEST", len(whole) - 4 * len(text))
    page = written(tmp_path)
    facts = facts_of(page)
    kept = [one["images"] for one in facts["snapshots"]]
    assert kept[facts["best"]] == 40
    assert {10, 90} < set(kept)
    assert len(kept) == 5
    assert len(page) <= stage.LARGEST
    assert f"{len(kept)} of the 9 that this training kept" in page


def test_the_best_is_in_it_whatever_its_size(tmp_path, monkeypatch):
    monkeypatch.setattr(stage, "LARGEST", 1)
    page = page_of(tmp_path)
    assert [one["images"] for one in facts_of(page)["snapshots"]] == [30]
    assert "The best alone of 3" in page


@pytest.mark.parametrize("count", range(1, 10))
@pytest.mark.parametrize("best", [0, 3, 8])
def test_chosen_snapshots_are_spread_and_the_best_is_one(count, best):
    images = [7 * place + 1 for place in range(9)]
    kept = stage.chosen(images, images[best], count)
    assert len(set(kept)) == len(kept) == count
    assert kept == sorted(kept)
    assert images[best] in kept
    if count > 2:
        assert {images[0], images[-1]} <= set(kept)
        assert max(np.diff(kept)) <= 7 * (8 / (count - 1) + 2)


def test_names_of_others_are_text(tmp_path):
    page = page_of(tmp_path, "conditional, batch norm")
    assert "<b>bird</b>" not in page
    assert facts_of(page)["classes"] == {
        "names": list(CLASSES),
        "images": list(CLASSES.values()),
    }


def test_a_snapshot_of_another_run_is_told(tmp_path):
    generator = made(CASES["as shipped"])
    write_run(tmp_path, {10: generator, 20: generator}, best=20)
    other = made(CASES["mnist, no norm, grey"])
    save(tmp_path / "snapshots/images_000000015.safetensors", other, 15)
    with pytest.raises(UserError, match=r"images_000000015\.safetensors: is of another run"):
        written(tmp_path)
    assert not (tmp_path / "explorer.html").exists()


@pytest.mark.parametrize(
    "name", ["as shipped", "flowers, pixel norm, grey", "spectral, alpha, odd"]
)
def test_small_training_images_are_the_packs(tmp_path, name, monkeypatch):
    monkeypatch.setattr(training_images, "MOST", 20)
    write_run(tmp_path, {10: made(CASES[name])}, 10)
    sprite = training_sprite(tmp_path / "normalized")
    assert (sprite.count, sprite.of) == (20, 30)
    kind, _, content = sprite.address.partition(";base64,")
    assert kind == "data:image/webp"
    sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(content))).convert("RGB"))
    with Pack(tmp_path / "normalized/train.npy") as pack:
        images = on_neutral(pack.read(choose_rows(30, 20, 0)))
    for place in (0, 7, 19):
        row, column = divmod(place, sprite.columns)
        top, left = row * sprite.height, column * sprite.width
        small = sheet[top : top + sprite.height, left : left + sprite.width].astype(int)
        assert np.abs(small - images[place]).mean() < 20
    assert sprite.usual is not None
    assert 0 < sprite.usual < 255


def test_small_images_are_as_large_as_there_is_room_for():
    assert small_sides(64, 64, 2000) == (32, 32)
    assert small_sides(64, 64, 500) == (64, 64)
    assert small_sides(64, 64, 900) == (48, 48)
    assert small_sides(28, 28, 2000) == (28, 28)
    assert small_sides(157, 128, 2000) == (32, 26)
    assert small_sides(16, 2048, 2000) == (1, 64)


def test_few_held_out_images_are_no_measure(tmp_path, monkeypatch):
    monkeypatch.setattr(training_images, "FEWEST", 26)
    write_run(tmp_path, {10: made(CASES["as shipped"])}, 10)
    assert training_sprite(tmp_path / "normalized").usual is None
    assert facts_of(written(tmp_path))["training"]["usual"] is None


def test_every_script_is_in_the_page():
    folder = stage.Path(training_images.__file__).parent / "page"
    assert {path.stem for path in folder.glob("*.js")} == set(SCRIPTS)
