"""Stacked digits: the held-out triples never appear, labels are true, an own MNIST comes first."""

from __future__ import annotations

import gzip
import itertools
import struct
from collections import Counter
from hashlib import md5
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from samples import put
from torchvision import datasets

from dcgan_core.data import digit_triples, manifest
from dcgan_core.data.sources import digit_glyphs, digits, fetch
from dcgan_core.errors import UserError

RANDOM = np.random.default_rng(0)


def pixels(folder: Path, entry: manifest.Entry) -> np.ndarray:
    with Image.open(folder / entry.file) as image:
        return np.asarray(image)


# Triples.


def test_a_hundred_triples_are_held_out_by_the_rule_that_the_docs_give() -> None:
    expected = [
        int(f"{red}{green}{blue}")
        for red, green, blue in itertools.product(range(10), repeat=3)
        if str(red + green)[-1] == str(blue)
    ]
    assert sorted(digit_triples.HELD_OUT) == expected
    assert len(expected) == 100
    assert len(digit_triples.DRAWN) == 900
    assert set(digit_triples.DRAWN).isdisjoint(expected)


def test_no_two_channels_tell_what_is_held_out() -> None:
    for kept in ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2)):
        counts = Counter(
            tuple(digit_triples.label(triple)[place] for place in kept)
            for triple in digit_triples.DRAWN
        )
        assert set(counts.values()) == {900 // 10 ** len(kept)}
        assert len(counts) == 10 ** len(kept)


def test_labels_are_the_three_digits() -> None:
    assert digit_triples.label(7) == "007"
    assert [int(digit) for digit in digit_triples.channels(407)] == [4, 0, 7]


# Drawing.


def test_every_font_has_ten_different_digits_of_matplotlib_alone(monkeypatch) -> None:
    asked = []
    load = digit_glyphs.ImageFont.truetype
    monkeypatch.setattr(
        digit_glyphs.ImageFont,
        "truetype",
        lambda path, *rest, **more: asked.append(path) or load(path, *rest, **more),
    )
    digit_glyphs._face.cache_clear()
    digit_glyphs.glyph.cache_clear()
    masks = set()
    for font, digit in itertools.product(range(len(digit_glyphs.FONTS)), range(10)):
        mask = np.asarray(digit_glyphs.glyph(font, digit, 0))
        assert mask.max() == 255
        assert 0.01 < (mask > 127).mean() < 0.4
        masks.add(mask.tobytes())
    assert len(masks) == 10 * len(digit_glyphs.FONTS)
    assert {Path(path).parts[-4:-1] for path in asked} == {("mpl-data", "fonts", "ttf")}
    assert all("matplotlib" in path for path in asked)


@pytest.mark.parametrize("digit", range(10))
def test_a_digit_moved_to_every_limit_is_whole(digit: int) -> None:
    largest = 0.999
    for font in range(len(digit_glyphs.FONTS)):
        for moves in itertools.product((0.0, largest), repeat=4):
            numbers = [font / 10 + 0.05, largest, largest, largest, largest, *moves]
            image = digit_glyphs.draw_digit(digit, numbers)
            assert max(map(np.max, (image[0], image[-1], image[:, 0], image[:, -1]))) < 128


def test_a_digit_in_the_middle_is_the_glyph_at_half_size() -> None:
    # With scale undone: what is left is that Pillow's own reduction gives the same picture.
    plain = (1 - digit_glyphs.LEAST_SCALE) / (digit_glyphs.LARGEST_SCALE - digit_glyphs.LEAST_SCALE)
    drawn = digit_glyphs.draw_digit(5, [0.05, 0.0, plain, *[0.5] * 6]).astype(float)
    halved = np.asarray(digit_glyphs.glyph(0, 5, 0).reduce(2)).astype(float)
    assert np.abs(drawn - halved).mean() < 2


def test_digits_turn_shift_slant_and_grow_as_the_numbers_say() -> None:
    def at(place: int, value: float) -> np.ndarray:
        numbers = [0.05, 0.5, *[0.5] * 7]
        numbers[place] = value
        return digit_glyphs.draw_digit(1, numbers).astype(float)

    def middle(image: np.ndarray) -> np.ndarray:
        rows, columns = np.indices(image.shape)
        return np.array([(image * rows).sum(), (image * columns).sum()]) / image.sum()

    assert at(2, 0.99).sum() > 1.3 * at(2, 0.0).sum(), "scale"
    assert at(3, 0.99).sum() > 1.1 * at(3, 0.0).sum(), "width"
    assert at(4, 0.99).sum() > 1.1 * at(4, 0.0).sum(), "height"
    down_right = middle(at(7, 0.99)) - middle(at(7, 0.0)), middle(at(8, 0.99)) - middle(at(8, 0.0))
    assert down_right[0] == pytest.approx([0, 2 * digit_glyphs.SHIFT], abs=0.3)
    assert down_right[1] == pytest.approx([2 * digit_glyphs.SHIFT, 0], abs=0.3)

    def lean(image: np.ndarray) -> float:
        """Pixels to the right for each one down."""
        rows, columns = np.nonzero(image > 127)
        return float(np.polyfit(rows, columns, 1)[0])

    # Rows count downwards: a turn of the x axis towards the y axis is clockwise to the eye.
    assert lean(at(5, 0.99)) - lean(at(5, 0.0)) < -0.3, "turn"
    assert lean(at(6, 0.99)) - lean(at(6, 0.0)) > 0.25, "slant"


# The source.


def test_digits_are_reproducible_and_each_depends_on_its_number_alone(tmp_path, download) -> None:
    for name, count, seed in (("a", 16, 3), ("b", 24, 3), ("c", 16, 4)):
        settings = {"source": "digits", "count": count, "seed": seed, "path": str(tmp_path)}
        fetch(download(**settings), tmp_path / name)
    first, second, other = (manifest.read(tmp_path / name) for name in "abc")
    manifest.check(tmp_path / "a", first, hashes=True)
    assert first.files == second.files[:16]
    assert first.source == "digits"
    assert "matplotlib" in first.licence
    hashes = {entry.sha256 for entry in second.files}
    assert len(hashes) == 24
    assert hashes.isdisjoint(entry.sha256 for entry in other.files)
    assert pixels(tmp_path / "a", first.files[0]).shape == (64, 64, 3)
    assert [entry.file for entry in first.files][:2] == [
        "images/digits_000000.png",
        "images/digits_000001.png",
    ]


def test_digits_from_workers_are_the_same(tmp_path, download, monkeypatch) -> None:
    params = download(source="digits", count=40, path=str(tmp_path / "own"))
    monkeypatch.setattr(digits, "CHUNK", 9)
    monkeypatch.setattr(digits, "available_cores", lambda: 2)
    made = []
    for name, fewest in (("a", 100), ("b", 1)):
        monkeypatch.setattr(digits, "FEWEST_FOR_WORKERS", fewest)
        (tmp_path / name).mkdir()
        made.append(digits.fill(tmp_path / name, params, tmp_path))
    assert made[0] == made[1]
    manifest.check(tmp_path / "b", made[1], hashes=True)


def test_labels_say_which_digits_were_drawn(monkeypatch) -> None:
    asked: list[int] = []
    draw = digits.draw_digit
    monkeypatch.setattr(digits, "draw_digit", lambda d, n: asked.append(d) or draw(d, n))
    made = digits.draw_some(0, range(30))
    assert [digit_triples.label(triple) for triple, _, _ in made] == [
        "".join(map(str, asked[start : start + 3])) for start in range(0, 90, 3)
    ]


def test_triples_are_even_and_never_held_out(monkeypatch) -> None:
    monkeypatch.setattr(digits, "draw_image", lambda *_: np.zeros((1, 1, 3), np.uint8))
    triples = [triple for triple, _, _ in digits.draw_some(5, range(18_000))]
    counts = np.bincount(triples, minlength=1000)
    assert not counts[list(digit_triples.HELD_OUT)].any()
    shown = counts[list(digit_triples.DRAWN)]
    # Chi-squared of 899 degrees of freedom: mean 899, deviation 42.
    assert 899 - 5 * 42 < ((shown - 20) ** 2 / 20).sum() < 899 + 5 * 42


# MNIST's own digits.


def idx(images: np.ndarray) -> bytes:
    return struct.pack(">IIII", 0x803, *images.shape) + images.tobytes()


def idx_labels(labels: np.ndarray) -> bytes:
    return struct.pack(">II", 0x801, len(labels)) + labels.astype(np.uint8).tobytes()


@pytest.fixture
def mnist(monkeypatch, own) -> dict[str, np.ndarray]:
    """A small training part of MNIST, known to torchvision; its level says the digit."""
    labels = np.arange(60) % 10
    images = RANDOM.integers(0, 20, (60, 28, 28)).astype(np.uint8)
    images += (20 * labels[:, None, None]).astype(np.uint8)
    contents = {
        "train-images-idx3-ubyte.gz": gzip.compress(idx(images)),
        "train-labels-idx1-ubyte.gz": gzip.compress(idx_labels(labels)),
    }
    resources = [(name, md5(content).hexdigest()) for name, content in contents.items()]
    resources.insert(1, ("t10k-images-idx3-ubyte.gz", "0" * 32))
    monkeypatch.setattr(datasets.MNIST, "resources", resources)
    monkeypatch.setattr(datasets.MNIST, "mirrors", ["http://localhost:9/"])
    put(own, contents)
    return {"images": images, "labels": labels}


def test_own_mnist_digits_are_stacked_with_their_labels(tmp_path, get_published, mnist) -> None:
    found = get_published("digits", count=300)
    assert "Yann LeCun" in found.licence
    assert len(found.files) == 300
    rows = []
    for entry in found.files:
        image = pixels(tmp_path / "raw/digits", entry)
        numbers = [int(number) for number in entry.origin[8:-9].split(", ")]
        assert (image == np.stack(mnist["images"][numbers], axis=-1)).all()
        assert entry.label == "".join(str(digit) for digit in mnist["labels"][numbers])
        assert not digit_triples.is_held_out(int(entry.label))
        rows += numbers
    # Chi-squared of 59 degrees of freedom over 900 draws, deviation 11.
    counts = np.bincount(rows, minlength=60)
    assert ((counts - 15) ** 2 / 15).sum() < 59 + 5 * 11


def test_unpacked_mnist_is_taken_too(get_published, own, mnist) -> None:
    packed = get_published("digits", count=20)
    for name in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"):
        content = gzip.decompress((own / f"{name}.gz").read_bytes())
        (own / f"{name}.gz").unlink()
        put(own, {f"MNIST/raw/{name}": content})
    assert get_published("digits", count=20).files == packed.files


def test_mnist_without_labels_is_told(get_published, own, mnist) -> None:
    (own / "train-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(UserError, match=r"own: holds MNIST's training images, but not train-lab"):
        get_published("digits")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (idx_labels(np.arange(59) % 10), "its 59 labels are not those of its 60"),
        (idx_labels(np.zeros(60, int)), "which show each digit from 0 to 9"),
        (idx_labels(np.arange(60) % 11), "which show each digit from 0 to 9"),
        (b"text", "not a whole file of mnist labels"),
    ],
)
def test_labels_of_other_images_are_told(get_published, own, mnist, labels, message) -> None:
    (own / "train-labels-idx1-ubyte.gz").unlink()
    put(own, {"train-labels-idx1-ubyte": labels})
    with pytest.raises(UserError, match=message):
        get_published("digits")


def test_a_damaged_own_copy_is_not_replaced_by_drawings(get_published, own, mnist) -> None:
    put(own, {"train-images-idx3-ubyte.gz": b"\x1f\x8bnot really"})
    with pytest.raises(UserError, match=r"idx3-ubyte\.gz: its md5"):
        get_published("digits")
