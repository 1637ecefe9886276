"""The page opened from disk: draws what PyTorch draws, does what it says, asks for nothing."""

from __future__ import annotations

import base64
import io
import json

import numpy as np
import pytest
import torch
from explore.generators import CASES, CLASSES, made, write_run
from PIL import Image

from dcgan_core.data.alpha import on_neutral
from dcgan_core.data.pack import Pack
from dcgan_core.explore.explorer import explorer
from dcgan_core.explore.numbers import numbered_latents
from dcgan_core.sample.interpolate import slerp
from dcgan_core.sample.sampler import generate

CLOSE = 2
"""Codes, of 255."""
SHOWN = "document.querySelector('#shown')"
CELLS = "[...document.querySelectorAll('.cell canvas')]"
PIXELS = """(canvas => {
  const { width, height } = canvas;
  const copy = Object.assign(document.createElement("canvas"), { width, height });
  const drawing = copy.getContext('2d', { willReadFrequently: true });
  drawing.drawImage(canvas, 0, 0);
  const { data } = drawing.getImageData(0, 0, canvas.width, canvas.height);
  let text = '';
  for (const byte of data) text += String.fromCharCode(byte);
  return [btoa(text), canvas.width, canvas.height];
})"""
SAVED = """(async (id) => {
  const make = URL.createObjectURL;
  const blob = new Promise((done) => {
    URL.createObjectURL = (blob) => { done(blob); return make.call(URL, blob); };
  });
  document.getElementById(id).click();
  const bytes = new Uint8Array(await (await blob).arrayBuffer());
  URL.createObjectURL = make;
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
})"""
"""What a button saves."""


def page_of(folder, name="as shipped", seeds=(1, 0), train=30):
    """A run of one case after 10, 20, … images, the last one the best, and its page."""
    generators = {10 * (place + 1): made(CASES[name], seed) for place, seed in enumerate(seeds)}
    write_run(folder, generators, max(generators), train)
    page = folder / "explorer.html"
    explorer(folder / "snapshots", folder / "best.safetensors", folder / "normalized", page)
    return page, generators


def opened(browser, page, hash="", **values):
    tab = browser.open(f"file://{page}{hash}", **values)
    tab.wait("document.body?.dataset.wall === 'drawn'")
    return tab


def codes(tab, canvas) -> np.ndarray:
    """int H×W×3 of a canvas."""
    text, width, height = tab.value(f"{PIXELS}({canvas})")
    found = np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)
    assert (found[..., 3] == 255).all()
    return found[..., :3].astype(int)


def drawn(generator, numbers=None, latents=None, classes=None) -> np.ndarray:
    """int N×H×W×3: what PyTorch makes of numbers or latents."""
    if latents is None:
        latents = torch.from_numpy(numbered_latents(numbers, generator.latent_length))
    of = None if classes is None else torch.tensor(classes)
    images = on_neutral(generate(generator, latents.float(), classes=of))
    return np.broadcast_to(images, (*images.shape[:3], 3)).astype(int)


def shows(tab, image, seconds=20) -> None:
    """Wait until the stage has an image, up to rounding."""
    for _ in range(int(seconds / 0.1)):
        difference = np.abs(codes(tab, SHOWN) - image).max()
        if difference <= CLOSE:
            return
        tab.value("new Promise((done) => setTimeout(done, 100))")
    raise AssertionError(f"the stage differs by {difference} codes")


@pytest.mark.parametrize("name", CASES)
def test_it_draws_what_pytorch_draws(browser, tmp_path, name):
    page, generators = page_of(tmp_path, name)
    tab = opened(browser, page)
    best = generators[20]
    classes = best.classes.first(36).tolist() if best.classes else None
    images = drawn(best, range(36), classes=classes)
    for number in (0, 1, 17, 35):
        assert np.abs(codes(tab, f"{CELLS}[{number}]") - images[number]).max() <= CLOSE
    shows(tab, images[0])
    tab.wait("document.querySelectorAll('#nearest li').length === 6")
    assert tab.requests == [f"file://{page}"]
    assert tab.complaints == []
    tab.close()


def test_picks_walks_and_sums(browser, tmp_path):
    page, generators = page_of(tmp_path)
    best = generators[20]
    tab = opened(browser, page, "#picks=")
    for number in (4, 9, 2):
        tab.click(f".cell:nth-child({number + 1})")
    shows(tab, drawn(best, [2])[0])
    labels = tab.value(f"{CELLS}.map((c) => c.parentElement.getAttribute('aria-label'))")
    assert [labels[number] for number in (2, 4, 5)] == [
        *("Image 2, picked as C", "Image 4, picked as A", "Image 5"),
    ]
    assert len(tab.value("[...document.querySelectorAll('#picks li')].map(() => 1)")) == 3

    latents = torch.from_numpy(numbered_latents([4, 9, 2], best.latent_length))
    tab.value("(() => { const a = document.querySelector('#along'); a.value = 30; "
              "a.dispatchEvent(new Event('input')); })()")  # fmt: skip
    between = slerp(latents[1], latents[2], torch.tensor([0.25], dtype=torch.float64))
    shows(tab, drawn(best, latents=between)[0])
    assert tab.value("document.querySelector('#shown-name').textContent") == (
        "25 % of the way from B to C"
    )
    tab.click("#show-sum")
    total = latents[0] - latents[1] + latents[2]
    total *= latents.norm(dim=1).mean() / total.norm()
    shows(tab, drawn(best, latents=total[None])[0])

    tab.wait("location.hash.includes('sum')")
    other = opened(browser, page, tab.value("location.hash"))
    shows(other, drawn(best, latents=total[None])[0])
    other.close()
    tab.click(".cell:nth-child(5)")
    assert tab.value("document.querySelectorAll('#picks li').length") == 2
    assert tab.complaints == []
    tab.close()


def test_truncation_and_snapshots(browser, tmp_path):
    page, generators = page_of(tmp_path)
    tab = opened(browser, page, "#psi=0.5")
    latents = torch.from_numpy(numbered_latents([0], generators[20].latent_length))
    shows(tab, drawn(generators[20], latents=latents / 2)[0])
    tab.value("(() => { const s = document.querySelector('#snapshot'); s.value = 0; "
              "s.dispatchEvent(new Event('input')); })()")  # fmt: skip
    shows(tab, drawn(generators[10], latents=latents / 2)[0])
    said = tab.value("document.querySelector('#snapshot-said').textContent")
    assert said == "after 10 images"
    tab.close()


def test_classes(browser, tmp_path):
    page, generators = page_of(tmp_path, "conditional, no norm")
    tab = opened(browser, page, "#class=2&picks=")
    shows(tab, drawn(generators[20], [0], classes=[2])[0])
    names = tab.value("[...document.querySelectorAll('#class option')].map((o) => o.textContent)")
    assert names == ["mixed, as in the training images", *CLASSES]
    tab.click(".cell:nth-child(4)")
    label = tab.value("document.querySelector('.cell:nth-child(4)').getAttribute('aria-label')")
    assert label == "Image 3, <b>bird</b>, picked as A"
    tab.close()


def test_the_nearest_are_those_of_the_pack(browser, tmp_path):
    """All training images are in the page at full size."""
    page, generators = page_of(tmp_path, train=40)
    best = generators[20]
    images = drawn(best, range(36))
    with Pack(tmp_path / "normalized/train.npy") as pack:
        reals = pack.read(range(40)).astype(float)
    # Both sides are 32: a grid of 16 by 16 averages two by two pixels.
    small = [x.reshape(-1, 16, 2, 16, 2, 3).mean(axis=(2, 4)) for x in (images, reals)]
    tab = opened(browser, page)
    for number in (0, 7):
        tab.click(f".cell:nth-child({number + 1})")
        shows(tab, images[number])
        tab.wait(
            "document.querySelector('#shown').dataset.drawn.split('|')[2] === "
            f"'{number}.0' && document.querySelectorAll('#nearest li').length === 6"
        )
        tab.value("new Promise((done) => setTimeout(done, 400))")
        squares = [
            ((side[number] - small[1]) ** 2).mean(axis=(1, 2, 3))
            for side in (small[0], small[0][:, :, ::-1])
        ]
        distances = np.sqrt(np.minimum(*squares))
        rows = tab.value("document.querySelector('#nearest').dataset.rows").split(",")
        # WebP moves a distance a little, so that near ties may change places.
        wanted = np.sort(distances)[:6]
        np.testing.assert_allclose(distances[[int(row) for row in rows]], wanted, atol=1.5)
        shown = tab.value("document.querySelector('#nearest li').textContent")
        assert float(shown.split()[0]) == pytest.approx(wanted[0], rel=0.1)
    tab.close()


def test_what_is_saved(browser, tmp_path):
    page, generators = page_of(tmp_path)
    best = generators[20]
    tab = opened(browser, page, "#picks=3,8&open=1")
    sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(tab.value(f"{SAVED}('save-wall')")))))
    assert sheet.shape[:2] == (6 * 34 + 2, 6 * 34 + 2)
    images = drawn(best, range(36))
    assert np.abs(sheet[36:68, 2:34, :3] - images[6]).max() <= CLOSE
    one = np.asarray(Image.open(io.BytesIO(base64.b64decode(tab.value(f"{SAVED}('save-shown')")))))
    assert np.abs(one[..., :3] - images[3]).max() <= CLOSE
    with Image.open(io.BytesIO(base64.b64decode(tab.value(f"{SAVED}('save-walk')")))) as gif:
        # There and back: 25 steps and 23 more, enlarged six times.
        assert (gif.size, gif.n_frames) == ((192, 192), 48)
        gif.seek(24)
        end = np.asarray(gif.convert("RGB")).astype(int)[3::6, 3::6]
        assert np.abs(end - images[8]).mean() < 6
    assert tab.requests == [f"file://{page}"]
    assert tab.complaints == []
    tab.close()


def test_it_plays_and_pauses(browser, tmp_path):
    page, _ = page_of(tmp_path)
    tab = opened(browser, page)
    tab.click("#play")
    tab.wait("document.querySelector('#along').valueAsNumber > 5")
    tab.click("#play")
    place = tab.value("document.querySelector('#along').value")
    tab.value("new Promise((done) => setTimeout(done, 300))")
    assert tab.value("document.querySelector('#along').value") == place
    assert tab.value("document.querySelector('#play').textContent") == "Play"
    tab.close()


def test_the_keyboard_goes_where_the_mouse_goes(browser, tmp_path):
    page, generators = page_of(tmp_path)
    tab = opened(browser, page, "#picks=")
    tab.value("document.querySelector('.cell').focus()")
    for key in ("ArrowRight", "ArrowDown", "Enter"):
        tab.press(key)
    shows(tab, drawn(generators[20], [7])[0])
    tab.press("ArrowUp")
    tab.press("ArrowUp")
    # Over the upper edge there is nothing before number 0.
    assert tab.value("document.activeElement.getAttribute('aria-label')") == "Image 1"
    for _ in range(6):
        tab.press("ArrowDown")
    assert tab.value("document.activeElement.getAttribute('aria-label')") == "Image 37"
    tab.close()


def test_without_workers_it_draws_by_itself(browser, tmp_path):
    """As where a browser allows a page none: here the page's own rule forbids them."""
    page, generators = page_of(tmp_path)
    text = page.read_text()
    assert text.count("worker-src blob:") == 1
    page.write_text(text.replace("worker-src blob:", "worker-src 'none'"))
    tab = browser.open(f"file://{page}")
    tab.wait("document.body?.dataset.wall === 'drawn'")
    shows(tab, drawn(generators[20], [0])[0])
    assert np.abs(codes(tab, f"{CELLS}[9]") - drawn(generators[20], [9])[0]).max() <= CLOSE
    tab.close()


@pytest.mark.parametrize(
    ("name", "width"),
    [("as shipped", 390), ("fine, bilinear, odd", 1280), ("conditional, batch norm", 390)],
)
def test_nothing_is_wider_than_the_window_and_all_has_a_name(browser, tmp_path, name, width):
    page, _ = page_of(tmp_path, name)
    tab = opened(browser, page, width=width, dark=width < 1000)
    tab.wait("document.querySelectorAll('#nearest li').length === 6")
    tab.value("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    sides = tab.value("[document.documentElement.scrollWidth, innerWidth]")
    assert sides[0] <= sides[1] == width
    tree = tab.call("Accessibility.getFullAXTree")["nodes"]
    controls = ("button", "slider", "combobox", "checkbox", "spinbutton", "image", "MenuListPopup")
    for node in tree:
        role = node.get("role", {}).get("value")
        if role in controls[:-1] and not node["ignored"]:
            assert node["name"]["value"].strip(), json.dumps(node)
    tab.close()


@pytest.mark.parametrize(
    "hash",
    [
        "#picks=99999999999,-1,x,1.7,&shown=nothing&psi=9&from=4294967295&snapshot=7&class=3",
        "#picks=&shown=walk&at=5&sum=0,1,2",
        "#shown=sum&sum=5,6,7&at=1e9&psi=NaN&=&&%",
    ],
)
def test_nonsense_in_the_address_is_left_out(browser, tmp_path, hash):
    page, generators = page_of(tmp_path)
    tab = opened(browser, page, hash)
    if "sum=5" not in hash:
        shows(tab, drawn(generators[20], [0])[0])
    assert np.abs(codes(tab, f"{CELLS}[4]") - drawn(generators[20], [4])[0]).max() <= CLOSE
    assert tab.complaints == []
    tab.close()
