"""The reader of digits: right on fresh drawings, and silent where there is no digit."""

import fnmatch
import re
from functools import cache

import numpy as np
import pytest
from PIL import Image
from settings import ROOT

from dcgan_core.data.digit_triples import DRAWN
from dcgan_core.data.sources.digits import draw_image, image_generator
from dcgan_core.errors import UserError
from dcgan_core.evaluate import digit_reader
from dcgan_core.evaluate.digit_reader import read_digits

# The network was trained and measured with other seeds (benchmarks/digit_reader.py).
SEED = 77


@cache
def fresh(count: int) -> tuple[np.ndarray, np.ndarray]:
    triples = np.random.default_rng(SEED).choice(DRAWN, count)
    images = [
        draw_image(int(triple), image_generator(SEED, index))
        for index, triple in enumerate(triples)
    ]
    return np.stack(images), triples


def resized(images: np.ndarray, side: int) -> np.ndarray:
    bicubic = Image.Resampling.BICUBIC
    return np.stack(
        [np.asarray(Image.fromarray(image).resize((side, side), bicubic)) for image in images]
    )


@pytest.mark.parametrize("side", [32, 64])
def test_fresh_images_are_read_rightly(side):
    images, triples = fresh(2000)
    found = read_digits(images if side == 64 else resized(images, side))
    assert found.readable.mean() >= 0.99
    assert found.right(triples).mean() >= 0.995


def test_digits_are_those_of_red_green_and_blue():
    images, triples = fresh(40)
    found = read_digits(images)
    assert found.digits.shape == found.certainty.shape == (40, 3)
    expected = [[int(digit) for digit in f"{triple:03d}"] for triple in triples]
    assert found.digits.tolist() == expected
    swapped = read_digits(images[..., ::-1])
    assert (swapped.digits == found.digits[:, ::-1]).all()


def nothing(kind: str, count: int) -> np.ndarray:
    rng = np.random.default_rng(SEED)
    shape = (count, 64, 64, 3)
    if kind == "noise":
        return rng.integers(0, 256, shape, np.uint8)
    if kind == "coarse noise":
        return rng.integers(0, 256, (count, 8, 8, 3), np.uint8).repeat(8, 1).repeat(8, 2)
    if kind == "grey":
        return np.broadcast_to(rng.integers(0, 256, (count, 1, 1, 1), np.uint8), shape)
    if kind == "blurred":
        return resized(resized(fresh(count)[0], 4), 64)
    return {"black": np.zeros(shape, np.uint8), "white": np.full(shape, 255, np.uint8)}[kind]


@pytest.mark.parametrize("kind", ["noise", "coarse noise", "grey", "black", "white", "blurred"])
def test_pictures_of_nothing_are_unreadable(kind):
    assert read_digits(nothing(kind, 300)).readable.mean() <= 0.01


def test_one_channel_of_noise_makes_an_image_unreadable():
    images = fresh(60)[0].copy()
    images[:30, ..., 1] = nothing("noise", 30)[..., 0]
    assert read_digits(images).readable.tolist() == [False] * 30 + [True] * 30


def test_two_digits_in_one_channel_are_seldom_taken_for_one():
    images, triples = fresh(600)
    faded = (images[:300] // 2 + images[300:] // 2).astype(np.uint8)
    digits = np.array([list(f"{triple:03d}") for triple in triples])
    certain = read_digits(faded).certainty >= digit_reader.LEAST_CERTAINTY
    assert certain[digits[:300] != digits[300:]].mean() < 0.2


def test_a_reading_depends_on_the_image_alone(monkeypatch):
    images, _ = fresh(40)
    whole = read_digits(images)
    monkeypatch.setattr(digit_reader, "BATCH", 7)
    parts = read_digits(images)
    assert (parts.digits == whole.digits).all()
    assert parts.certainty == pytest.approx(whole.certainty, abs=1e-5)


def test_any_size_is_read():
    images, triples = fresh(40)
    wide = np.stack([np.asarray(Image.fromarray(image).resize((96, 80))) for image in images])
    assert (read_digits(wide).triples == triples).all()
    assert read_digits(images[:0]).triples.shape == (0,)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 8, 8, 1), np.uint8), r"uint8 of shape \(2, 8, 8, 1\)"),
        (np.zeros((2, 8, 8, 3)), "images are float64"),
        (np.zeros((8, 8, 3), np.uint8), r"of shape \(8, 8, 3\)"),
        (np.zeros((2, 0, 8, 3), np.uint8), "have no pixels"),
    ],
)
def test_what_is_no_colour_image_is_refused(images, message):
    with pytest.raises(ValueError, match=message):
        read_digits(images)


def test_another_network_in_its_place_is_refused(tmp_path, monkeypatch):
    other = tmp_path / "digit_reader.safetensors"
    monkeypatch.setattr(digit_reader, "WEIGHTS", other)
    with pytest.raises(UserError, match="is missing, though it comes with the package"):
        read_digits(fresh(1)[0])
    other.write_bytes(b"\0" * 300)
    with pytest.raises(UserError, match=r"reader\.safetensors: is not the network.*Install"):
        read_digits(fresh(1)[0])


def test_the_network_is_small_and_comes_with_the_package():
    assert digit_reader.WEIGHTS.stat().st_size < 500_000
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = re.search(r"package-data\]\ndcgan_core = \[(.*?)\]", project, re.DOTALL)[1]
    patterns = re.findall(r'"([^"]+)"', listed)
    name = digit_reader.WEIGHTS.relative_to(ROOT / "src/dcgan_core").as_posix()
    assert any(fnmatch.fnmatch(name, pattern) for pattern in patterns)
