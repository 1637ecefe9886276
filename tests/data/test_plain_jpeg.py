"""JPEGs decoded from memory are, to the code, what Pillow makes of the files."""

from __future__ import annotations

import io
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from dcgan_core.data.decode import Decoded, Unreadable, decode
from dcgan_core.data.decode_memory import MOST_BYTES
from dcgan_core.data.plain_jpeg import read_plain

SIZES = [(1, 1), (1, 40), (7, 9), (8, 8), (16, 17), (33, 250), (218, 178)]
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def photo(size: tuple[int, int] = (37, 53), mode: str = "RGB", seed: int = 0, **options) -> bytes:
    """A JPEG of that height and width: smooth colours, an edge and grain."""
    height, width = size
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (4, 5, 3), np.uint8)).resize((width, height))
    pixels = np.asarray(coarse).astype(int) + random.normal(0, 8, (height, width, 3))
    pixels[height // 3 :, : width // 2] += 60
    image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).convert(mode)
    stream = io.BytesIO()
    image.save(stream, "JPEG", **options)
    return stream.getvalue()


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def said(path: Path, content: bytes | None = None, channels: int = 3) -> tuple:
    """What decoding gives: mode, pixels and notes, or the reason why there is nothing."""
    try:
        done = decode(path, channels, content=content)
    except Unreadable as error:
        return (error.reason,)
    return done.image.mode, done.image.size, done.image.tobytes(), done.notes


def check(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    for channels in (3, 1, 4):
        assert said(path, content, channels) == said(path, channels=channels)


def is_plain(content: bytes) -> bool:
    return read_plain(content, MOST_BYTES) is not None


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_subsamplings_sizes_and_qualities(tmp_path: Path, size: tuple[int, int]) -> None:
    for subsampling, quality in product(("4:4:4", "4:2:2", "4:2:0"), (30, 75, 100)):
        content = photo(size, subsampling=subsampling, quality=quality)
        check(tmp_path / "a.jpg", content)
        assert is_plain(content)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_grey_progressive_and_optimised(tmp_path: Path, size: tuple[int, int]) -> None:
    for mode, progressive in product(("RGB", "L"), (False, True)):
        check(tmp_path / "a.jpg", photo(size, mode, progressive=progressive, optimize=True))
    assert not is_plain(photo(size, progressive=True))
    assert not is_plain(photo(size, "L"))


@pytest.mark.parametrize(
    ("plain", "options"),
    [
        (True, {"restart_marker_blocks": 1}),
        (True, {"restart_marker_rows": 1}),
        (True, {"comment": b"by hand"}),
        (True, {"dpi": (300, 300)}),
        (True, {"streamtype": 0, "quality": 95}),
        (True, {"qtables": [[17] * 64, [40] * 64]}),
        (False, {"icc_profile": PROFILE}),
        (False, {"keep_rgb": True}),
        (False, {"xmp": b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>tiff:Orientation='6'</x:xmpmeta>"}),
        (False, {"exif": b"Exif\0\0broken"}),
        (False, {"mode": "CMYK"}),
    ],
    ids=lambda one: "-".join(one) if isinstance(one, dict) else "",
)
def test_what_may_stand_in_a_header(tmp_path: Path, plain: bool, options: dict) -> None:
    content = photo(**options)
    check(tmp_path / "a.jpg", content)
    assert is_plain(content) == plain


@pytest.mark.parametrize("orientation", range(10))
def test_orientations(tmp_path: Path, orientation: int) -> None:
    for mode in ("RGB", "L"):
        content = photo((20, 33), mode, exif=turned(orientation))
        check(tmp_path / "a.jpg", content)
        assert not is_plain(content)
    notes = decode(tmp_path / "a.jpg", content=content).notes
    assert bool(notes) == (orientation in range(2, 9))


def test_a_segment_of_two_pictures_is_pillows(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (30, 20), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.mpo", save_all=True, append_images=frames[1:])
    content = (tmp_path / "a.mpo").read_bytes()
    check(tmp_path / "a.jpg", content)
    assert decode(tmp_path / "a.jpg", content=content).notes == ["several frames: first one taken"]


SOURCES = [
    photo(),
    photo((90, 70), subsampling="4:4:4", restart_marker_blocks=3),
    photo(mode="L"),
    photo(progressive=True),
    photo(exif=turned(6), icc_profile=PROFILE),
]


@pytest.mark.parametrize("place", range(len(SOURCES)))
def test_cut_files_get_the_same_verdict(tmp_path: Path, place: int) -> None:
    content = SOURCES[place]
    lengths = {*range(0, len(content), 23), *range(len(content) - 12, len(content))}
    for length in lengths:
        cut = content[:length]
        (tmp_path / "a.jpg").write_bytes(cut)
        assert said(tmp_path / "a.jpg", cut) == said(tmp_path / "a.jpg"), length
        padded = cut + b"\0" * 50
        (tmp_path / "a.jpg").write_bytes(padded)
        assert said(tmp_path / "a.jpg", padded) == said(tmp_path / "a.jpg"), length


@pytest.mark.parametrize("place", range(len(SOURCES)))
def test_damaged_files_get_the_same_verdict(tmp_path: Path, place: int) -> None:
    random = np.random.default_rng(place)
    for count in range(300):
        content = bytearray(SOURCES[place])
        # The first half of the changes is in the header, which is a small part.
        end = 700 if count % 2 else len(content)
        for _ in range(random.integers(1, 3)):
            content[random.integers(2, min(end, len(content)))] = random.integers(256)
        damaged = bytes(content)
        (tmp_path / "a.jpg").write_bytes(damaged)
        assert said(tmp_path / "a.jpg", damaged) == said(tmp_path / "a.jpg"), damaged.hex()


def test_what_follows_the_picture_does_not_matter(tmp_path: Path) -> None:
    check(tmp_path / "a.jpg", photo() + b"rubbish" * 9)
    check(tmp_path / "a.jpg", photo() + photo(seed=1))


def test_pixels_are_left_to_pillow_where_memory_is_short() -> None:
    content = photo((100, 80))
    assert read_plain(content, 8 * 100 * 80 + len(content)) is not None
    assert read_plain(content, 8 * 100 * 80 + len(content) - 1) is None


def test_the_picture_of_codes() -> None:
    codes = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    done = Decoded(None, codes=codes)
    assert done.size == (2, 3)
    assert np.array_equal(np.asarray(done.image), codes[..., :3])
