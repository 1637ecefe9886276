"""No image takes more than 1.5 GB or ten seconds, and large photos are read."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from settings import ROOT

from dcgan_core.data import shared_work
from dcgan_core.data.decode import decode
from dcgan_core.data.decode_memory import NeedsMore
from dcgan_core.data.shared_work import each_in_order

# Not getrusage: its maximum counts the tests' own process, which this one was forked from.
DECODE = """
import sys, time
from dcgan_core.data.decode import Unreadable, decode
start = time.monotonic()
try:
    done = decode(sys.argv[1])
    print(done.image.width, done.image.height, *done.notes)
except Unreadable as error:
    print(error.reason)
print(time.monotonic() - start)
for line in open("/proc/self/status"):
    if line.startswith("VmHWM:"):
        print(int(line.split()[1]) * 1024)
"""

PREPARE = """
import sys
from dcgan_core.data.clean.checks import Checks
from dcgan_core.data.prepare import Preparation, RawImage, prepare
from dcgan_core.files import sha256_file
preparation = Preparation(16, 16, 4, "bicubic", "#ffffff", Checks(max_entropy=8))
raw = RawImage(sys.argv[1], sha256_file(sys.argv[1]))
""" + DECODE.replace("decode(sys.argv[1])", "prepare(preparation, raw)").replace(
    "done.image.width, done.image.height", "done.pixels.shape"
)
"""The same of decoding with alpha, checking and resizing."""


def measured(path: Path, program: str = DECODE) -> tuple[str, float, int]:
    """What decoding it says, its seconds, and the bytes that a process of its own held at most."""
    result = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"},
    )
    said, seconds, held = result.stdout.splitlines()
    return said, float(seconds), int(held)


def deep_png(side: int) -> bytes:
    packer = zlib.compressobj(1)
    row = bytes(1 + 2 * side)
    parts = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = struct.pack(">IIBBBBB", side, side, 16, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", parts) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def photo(width: int, height: int, **options) -> bytes:
    """A JPEG whose upper half is black and whose lower half is white."""
    image = Image.new("L", (width, height), 255)
    image.paste(0, (0, 0, width, height // 2))
    stream = io.BytesIO()
    image.convert(options.pop("mode", "RGB")).save(stream, "JPEG", **options)
    return stream.getvalue()


needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")


@needs_proc
def test_a_large_16_bit_png_is_read_within_the_bound(tmp_path: Path) -> None:
    (tmp_path / "deep.png").write_bytes(deep_png(13_300))
    said, seconds, held = measured(tmp_path / "deep.png")
    assert held < 1.5e9
    assert seconds < 10
    assert said.startswith("13300 13300")


@needs_proc
def test_a_200_megapixel_photo_is_read(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "a.jpg").write_bytes(photo(16_320, 12_256, exif=exif))
    said, seconds, held = measured(tmp_path / "a.jpg")
    assert held < 1.5e9
    assert seconds < 10
    assert said.startswith("6128 8160 decoded at 1/2")


@needs_proc
@pytest.mark.parametrize("ending", ["webp", "avif", "jp2", "tif", "png"])
def test_decoders_take_what_is_counted(tmp_path: Path, ending: str) -> None:
    options = {"tif": {"compression": "tiff_lzw"}, "avif": {"speed": 10}}.get(ending, {})
    Image.new("RGBA" if ending == "webp" else "RGB", (3000, 3000), "red").save(
        tmp_path / f"a.{ending}", **options
    )
    small = tmp_path / f"b.{ending}"
    Image.new("RGBA" if ending == "webp" else "RGB", (16, 16), "red").save(small, **options)
    *_, base = measured(small)
    *_, held = measured(tmp_path / f"a.{ending}")
    with pytest.raises(NeedsMore):
        decode(tmp_path / f"a.{ending}", most_bytes=held - base - (8 << 20))


@needs_proc
@pytest.mark.parametrize("mode", ["RGBA", "P"])
def test_alpha_takes_what_is_counted(tmp_path: Path, mode: str) -> None:
    Image.new(mode, (3000, 3000), 1).save(tmp_path / "a.png")
    Image.new(mode, (16, 16), 1).save(tmp_path / "b.png")
    _, _, base = measured(tmp_path / "b.png", PREPARE)
    said, _, held = measured(tmp_path / "a.png", PREPARE)
    assert said.startswith("(16, 16, 4)")
    # Beside the whole image there are strips of it in five forms, a million pixels each.
    with pytest.raises(NeedsMore):
        decode(tmp_path / "a.png", channels=4, most_bytes=held - base - (28 << 20))


def test_a_progressive_jpeg_counts_its_coefficients(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(photo(1000, 1000, progressive=True, subsampling=0))
    with pytest.raises(NeedsMore):
        decode(tmp_path / "a.jpg", most_bytes=9_900_000)
    assert decode(tmp_path / "a.jpg", most_bytes=10_100_000)
    (tmp_path / "b.jpg").write_bytes(photo(1000, 1000))
    assert decode(tmp_path / "b.jpg", most_bytes=4_000_000)


def size_of(path: str, *, most_bytes: int) -> tuple[int, int]:
    return decode(path, most_bytes=most_bytes).image.size


def test_images_above_a_workers_share_are_done_outside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sides = [9, 300, 8, 301, 7]
    for index, side in enumerate(sides):
        pixels = np.zeros((side, side, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{index}.png")
    monkeypatch.setattr(shared_work, "PACE_SECONDS", 0)
    monkeypatch.setattr(shared_work, "WORTH_SECONDS", 0)
    monkeypatch.setattr(shared_work, "available_cores", lambda: 2)
    monkeypatch.setattr(shared_work, "_share", lambda workers: 100_000)
    paths = [str(tmp_path / f"{index}.png") for index in range(len(sides))]
    assert list(each_in_order(partial(size_of), paths, 2)) == [(side, side) for side in sides]
