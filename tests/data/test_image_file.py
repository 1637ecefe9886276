"""Whatever a file claims to be, opening it takes little time and memory, and it gets a verdict."""

from __future__ import annotations

import io
import os
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dcgan_core.data import manifest
from dcgan_core.data.decode import Unreadable, decode
from dcgan_core.data.image_file import is_heif
from dcgan_core.data.look import find_ranges
from dcgan_core.errors import UserError


def chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def png(width: int, height: int, depth: int, colour: int, *before: bytes) -> bytes:
    """A PNG of that header whose pixels are all 0."""
    channels = {0: 1, 2: 3, 6: 4}[colour]
    packer = zlib.compressobj(1)
    row = bytes(1 + -(-width * channels * depth // 8))
    rows = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = (chunk(b"IHDR", header), *before, chunk(b"IDAT", rows), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def refused(path: Path, content: bytes | None = None) -> str:
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Unreadable) as caught:
        decode(path)
    assert "\n" not in caught.value.reason
    return caught.value.reason


@pytest.mark.parametrize("start", [b"", b"\x89PNG\r\n\x1a\n", b"II*\0\x08\0\0\0", b"RIFF"])
def test_a_sparse_terabyte_is_not_read(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "huge.png"
    path.write_bytes(start)
    os.truncate(path, 1 << 40)
    assert "too large: a file of 1024.0 GiB" in refused(path)


def test_a_folder_leaves_such_a_file_where_it_is(tmp_path: Path, download) -> None:
    from dcgan_core.data.sources import fetch

    (tmp_path / "own").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "own/a.png")
    (tmp_path / "own/huge.png").touch()
    os.truncate(tmp_path / "own/huge.png", 1 << 40)
    fetch(download(source="folder", path=str(tmp_path / "own")), tmp_path / "raw")
    (left,) = manifest.read(tmp_path / "raw").rejected
    assert (left.file, left.reason[:9]) == ("huge.png", "too large")


@pytest.mark.parametrize("size", [(40_000, 40_000), (1, 2_000_000_000), (2**31 - 1, 2**31 - 1)])
def test_pixels_are_counted_before_any_is_decoded(tmp_path: Path, size: tuple[int, int]) -> None:
    header = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"")
    assert "too large" in refused(tmp_path / "bomb.png", content)


def test_an_icon_cannot_hide_a_huge_picture(tmp_path: Path) -> None:
    picture = png(9_000, 9_000, 8, 0)
    entry = struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(picture), 22)
    reason = refused(tmp_path / "a.ico", struct.pack("<HHH", 0, 1, 1) + entry + picture)
    assert "too large" in reason


def test_slow_decoders_get_fewer_pixels(tmp_path: Path) -> None:
    assert "too large" in refused(tmp_path / "a.ppm", b"P3 4000 4000 255\n" + b"1 " * 99)
    assert "too large" in refused(
        tmp_path / "a.qoi", b"qoif" + struct.pack(">IIBB", 4000, 4000, 3, 0)
    )


def test_a_jpeg_of_thousands_of_scans_is_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (2000, 2000)).save(stream, "JPEG", progressive=True)
    content = stream.getvalue()
    last = content.rindex(b"\xff\xda")
    scan = content[last:-2]
    assert "scans" in refused(tmp_path / "a.jpg", content[:-2] + scan * 3000 + content[-2:])


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP"])
def test_text_and_profiles_that_unpack_to_gigabytes(tmp_path: Path, kind: bytes) -> None:
    packed = zlib.compress(bytes(200 << 20), 9)
    middle = {b"zTXt": b"a\0\0", b"iTXt": b"a\0\1\0\0\0", b"iCCP": b"a\0\0"}[kind]
    reason = refused(tmp_path / "a.png", png(4, 4, 8, 2, chunk(kind, middle + packed)))
    assert "too large" in reason


def test_a_wrong_name_counts_for_nothing(tmp_path: Path) -> None:
    Image.new("RGB", (5, 4), "red").save(tmp_path / "a.jpg", "PNG")
    assert decode(tmp_path / "a.jpg").image.getpixel((0, 0)) == (255, 0, 0)
    for content in (
        b"%PDF-1.7\n" + b"1 0 obj\n" * 99,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ):
        assert refused(tmp_path / "a.png", content) == "not an image"


@pytest.mark.parametrize("size", [(1, 1), (1, 100_000), (100_000, 1)])
def test_extreme_shapes_are_read(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size, "blue").save(tmp_path / "a.png")
    assert decode(tmp_path / "a.png").image.size == size


def test_a_link_is_its_target(tmp_path: Path) -> None:
    Image.new("L", (3, 2), 9).save(tmp_path / "a.png")
    (tmp_path / "b.png").symlink_to(tmp_path / "a.png")
    assert decode(tmp_path / "b.png", 1).image.getpixel((0, 0)) == 9


def test_a_file_that_is_not_there_is_no_bad_image(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        decode(tmp_path / "none.png")


def heic(path: Path) -> np.ndarray:
    heif = pytest.importorskip("pillow_heif", reason="pip install pillow-heif")
    pixels = np.zeros((64, 96, 3), np.uint8)
    pixels[:, 48:] = (200, 40, 90)
    image = heif.from_bytes("RGB", (96, 64), pixels.tobytes())
    image.save(path, quality=100)
    return pixels


def test_heic_photos_are_read(tmp_path: Path) -> None:
    pixels = heic(tmp_path / "IMG_1.HEIC")
    assert is_heif((tmp_path / "IMG_1.HEIC").read_bytes()[:256])
    decoded = decode(tmp_path / "IMG_1.HEIC")
    difference = np.abs(np.asarray(decoded.image).astype(int) - pixels)
    assert np.median(difference) <= 4
    content = (tmp_path / "IMG_1.HEIC").read_bytes()
    assert refused(tmp_path / "cut.heic", content[: len(content) // 2])


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"hevc", b"mif1"])
def test_without_pillow_heif_the_remedy_is_told_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, brand: bytes
) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    path = tmp_path / "IMG_1.HEIC"
    path.write_bytes(struct.pack(">I", 20) + b"ftyp" + brand + b"\0\0\0\0" + b"heic")
    with pytest.raises(UserError, match=r"IMG_1\.HEIC.*pip install pillow-heif"):
        find_ranges([str(path)])
    with pytest.raises(UserError, match="pip install pillow-heif"):
        decode(path)


def test_avif_is_not_taken_for_heic(tmp_path: Path) -> None:
    Image.new("RGB", (16, 16), "red").save(tmp_path / "a.avif")
    assert not is_heif((tmp_path / "a.avif").read_bytes()[:256])
