"""Bad images among good ones, and sets too small for what comes later."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from case import Case, change, own_images
from PIL import Image

RESIZE = ("resize", "--size", "16")
NORMALIZE = ("normalize", "--size", "16")
PNG_START = b"\x89PNG\r\n\x1a\n"


def _finish(root: Path, until: str) -> None:
    """Do the stages before ``until``, as their scripts do."""
    from dcgan_core import stages
    from dcgan_core.data.resize import resize
    from dcgan_core.data.sources import fetch
    from dcgan_core.params import load_params

    here = Path.cwd()
    os.chdir(root)
    try:
        params = load_params()
        origins = stages.stage_origins(params)
        for name in ("source", "download", "resize"):
            if name == until:
                return
            stage = stages.STAGES[name]
            size = "16" if stage.sized else None
            if name == "download":
                fetch(params.download, stage.paths(params)["images"])
            if name == "resize":
                raw = stages.STAGES["download"].paths(params)["images"]
                paths = stage.paths(params, size)
                outputs = (paths["pack"], paths["record"], paths["dropped"])
                resize(raw, *outputs, (16, 16), params.resize, params.clean)
            stages.write_receipt(stage, size, params, origins[name])
            stages.sign(stage, size, origins[name].key)
    finally:
        os.chdir(here)


def _among(name: str, content: bytes | Callable[[], bytes]) -> Callable[[Path], None]:
    """A file of that content among 60 good images, up to the resize stage."""

    def build(root: Path) -> None:
        folder = own_images(root, 60)
        (folder / name).write_bytes(content() if callable(content) else content)
        _finish(root, "resize")

    return build


def _only(count: int, until: str, **settings) -> Callable[[Path], None]:
    """No other images than so many good ones, up to a stage."""

    def build(root: Path) -> None:
        own_images(root, count)
        change(root, {name.replace("__", "."): value for name, value in settings.items()})
        _finish(root, until)

    return build


def _image(mode: str, size: tuple[int, int], kind: str, **options) -> Callable[[], bytes]:
    def make() -> bytes:
        stream = io.BytesIO()
        Image.new(mode, size, options.pop("colour", 0)).save(stream, kind, **options)
        return stream.getvalue()

    return make


def _cut(make: Callable[[], bytes], share: float = 0.5) -> Callable[[], bytes]:
    return lambda: make()[: int(len(make()) * share)]


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def _png(width: int, height: int, depth: int, colour: int, *more: bytes) -> bytes:
    """The header of a PNG and what follows it."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return PNG_START + b"".join([_chunk(b"IHDR", header), *more])


def _bomb(kind: bytes, middle: bytes) -> Callable[[], bytes]:
    return lambda: _png(4, 4, 8, 2, _chunk(kind, middle + zlib.compress(bytes(200 << 20), 9)))


def _noise() -> bytes:
    stream = io.BytesIO()
    pixels = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def _floats(values: list[list[float]]) -> Callable[[], bytes]:
    def make() -> bytes:
        stream = io.BytesIO()
        Image.fromarray(np.array(values, np.float32)).save(stream, "TIFF")
        return stream.getvalue()

    return make


def _icon() -> bytes:
    rows = zlib.compress(bytes(9001) * 9000)
    picture = _png(9000, 9000, 8, 0, _chunk(b"IDAT", rows), _chunk(b"IEND", b""))
    entry = struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(picture), 22)
    return struct.pack("<HHH", 0, 1, 1) + entry + picture


def _scans() -> bytes:
    content = _image("RGB", (2000, 2000), "JPEG", progressive=True)()
    last = content.rindex(b"\xff\xda")
    return content[:-2] + content[last:-2] * 3000 + content[-2:]


def _sparse(root: Path) -> None:
    # Not below data/, all of which the test itself reads.
    folder = own_images(root, 60).rename(root / "own")
    change(root, {"download.path": "own"})
    (folder / "huge.png").write_bytes(PNG_START)
    os.truncate(folder / "huge.png", 1 << 40)


HEIC = struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic" + bytes(99)

DROPPED: list[tuple[str, str, bytes | Callable[[], bytes], str]] = [
    ("zero-bytes", "bad.png", b"", "empty file"),
    ("text", "bad.jpg", b"Dear diary,\n" * 100, "not an image"),
    ("pdf", "bad.png", b"%PDF-1.7\n1 0 obj\n" * 50, "not an image"),
    ("svg", "bad.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image"),
    ("postscript", "bad.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image"),
    ("png-cut", "bad.png", _cut(_noise), "truncated or corrupt"),
    ("jpeg-cut", "bad.jpg", _cut(_image("RGB", (500, 500), "JPEG"), 0.9), "truncated or corrupt"),
    ("gif-cut", "bad.gif", _cut(_image("P", (500, 500), "GIF")), "truncated or corrupt"),
    ("webp-cut", "bad.webp", _cut(_image("RGB", (500, 500), "WEBP")), ""),
    ("tiff-cut", "bad.tif", _cut(_image("RGB", (90, 90), "TIFF")), "truncated or corrupt"),
    ("png-40000-squared", "bad.png", _png(40_000, 40_000, 8, 2, _chunk(b"IDAT", b"")), "too large"),
    ("png-1-bit-40000", "bad.png", _png(40_000, 40_000, 1, 0, _chunk(b"IDAT", b"")), "too large"),
    ("png-2-billion-high", "bad.png", _png(1, 2**31 - 1, 8, 2, _chunk(b"IDAT", b"")), "too large"),
    ("png-16-bit-huge", "bad.png", _png(20_000, 20_000, 16, 6, _chunk(b"IDAT", b"")), "too large"),
    ("png-no-pixels", "bad.png", _png(9, 9, 8, 2), ""),
    ("png-text-bomb", "bad.png", _bomb(b"zTXt", b"a\0\0"), "too large"),
    ("png-itext-bomb", "bad.png", _bomb(b"iTXt", b"a\0\1\0\0\0"), "too large"),
    ("png-profile-bomb", "bad.png", _bomb(b"iCCP", b"a\0\0"), "too large"),
    ("icon-with-a-huge-picture", "bad.ico", _icon, "too large"),
    ("jpeg-of-thousands-of-scans", "bad.jpg", _scans, "scans"),
    ("ppm-plain-huge", "bad.ppm", b"P3 4000 4000 255\n1 1 1", "too large"),
    ("qoi-huge", "bad.qoi", b"qoif" + struct.pack(">IIBB", 4000, 4000, 3, 0), "too large"),
    ("float-not-a-number", "bad.tif", _floats([[0, float("nan")]]), "not finite"),
    ("float-infinite", "bad.tif", _floats([[0, float("inf")]]), "not finite"),
]

READ: list[tuple[str, str, bytes | Callable[[], bytes]]] = [
    ("float-constant", "odd.tif", _floats([[7.5, 7.5]])),
    ("float-fill-value", "odd.tif", _floats([[0, 1e30]])),
    ("one-pixel", "odd.png", _image("RGB", (1, 1), "PNG")),
    ("very-high", "odd.png", _image("RGB", (1, 100_000), "PNG")),
    ("very-wide", "odd.png", _image("RGB", (100_000, 1), "PNG")),
    ("cmyk", "odd.jpg", _image("CMYK", (30, 30), "JPEG")),
    ("palette-transparent", "odd.png", _image("P", (30, 30), "PNG", transparency=0)),
    ("wrong-extension", "odd.jpg", _image("RGB", (30, 30), "PNG")),
    ("16-bit", "odd.png", _image("I;16", (30, 30), "PNG")),
    ("40-megapixel-photo", "odd.jpg", _image("RGB", (8000, 5000), "JPEG")),
]

CASES = [
    *(
        Case(f"image-{name}", _among(file, content), RESIZE, ("1 of 61 images dropped", told), 0)
        for name, file, content, told in DROPPED
    ),
    *(Case(f"image-{name}", _among(file, content), RESIZE, (), 0) for name, file, content in READ),
    Case("image-heic-without-package", _among("IMG_1.HEIC", HEIC), RESIZE, ("IMG_1.HEIC", "heif"))
    if not find_spec("pillow_heif")
    else Case("image-heic-damaged", _among("IMG_1.HEIC", HEIC), RESIZE, ("1 of 61",), 0),
    Case("image-of-a-terabyte-of-nothing", _sparse, ("download",), (), 0),
    Case("images-too-few-to-download", _only(9, "download"), ("download",), ("9 images, but",)),
    Case("images-too-few-to-resize", _only(9, "resize"), RESIZE, ("usable: 9 images", "at least")),
    Case(
        "split-that-makes-do-with-fewer-neighbors",
        _only(60, "normalize", fidelity__neighbors=15),
        NORMALIZE,
        (),
        0,
    ),
    Case(
        "train-split-too-small-for-batch",
        _only(60, "normalize", train__batch_size=55),
        NORMALIZE,
        ("train split has", "needs at least 55 (train.batch_size = 55)"),
    ),
    Case(
        "small-set-that-can-work", _only(30, "normalize", fidelity__neighbors=5), NORMALIZE, (), 0
    ),
]
