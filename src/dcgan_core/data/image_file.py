"""An image file opened as far as its header: its format and size are known, no pixel is decoded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, BytesIO, FileIO
from pathlib import Path

from PIL import Image, features

from ..optional import require
from .walk import LARGEST_FILE

# PostScript and other formats that run foreign programs are left out on purpose.
WANTED_FORMATS = (
    "AVIF", "BMP", "DDS", "DIB", "GIF", "ICO", "JPEG", "JPEG2000", "PCX", "PNG", "PPM", "PSD",
    "QOI", "SGI", "TGA", "TIFF", "WEBP",
)  # fmt: skip
Image.init()
FORMATS = tuple(name for name in WANTED_FORMATS if name in Image.OPEN)
READ_WHOLE = ("AVIF", "HEIF", "WEBP")
"""Formats whose files are held in memory until they are decoded."""
AVIF_BRANDS = {b"avif", b"avis"}
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
EITHER_BRANDS = {b"mif1", b"msf1"}
BRANDS_BYTES = 256
MOST_READ = 256 << 20
MOST_PIXELS = 500_000_000
"""A bound on time: no fast decoder takes much longer than ten seconds for these."""
MOST_ICON_PIXELS = 4_000_000
ICON = b"\0\0\1\0"
HEIF_REMEDY = "Run: pip install pillow-heif, or take such photos out."


class Unreadable(Exception):
    """The file is no image that can be used; ``reason`` says why in a few words."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


class SparingReader(BufferedReader):
    """A file for Pillow that gives at most 256 MiB at once, and no more than that as its header.

    Whatever length a file states of its parts, reading it takes no more memory.

    Attributes:
        size: of the file, in bytes.
    """

    def __init__(self, path: Path | str):
        super().__init__(FileIO(path))
        self.size = os.fstat(self.fileno()).st_size
        self._left, self._in_header = MOST_READ, True

    def read(self, size: int | None = -1, /) -> bytes:
        """As a file's.

        Raises:
            Unreadable: so many bytes are not given.
        """
        rest = max(self.size - self.tell(), 0)
        wanted = rest if size is None or size < 0 else min(size, rest)
        if wanted > self._left:
            raise Unreadable(
                f"too large: more than {MOST_READ >> 20} MiB would have to be read at once"
            )
        if self._in_header:
            self._left -= wanted
        return super().read(size)

    def end_header(self) -> None:
        """What is read from here on is pixels, which may be more in all."""
        self._left, self._in_header = MOST_READ, False


@contextmanager
def open_image(path: Path | str, content: bytes | None = None) -> Iterator[tuple[Image.Image, int]]:
    """Open an image file of any common format, whatever its name.

    Args:
        path: the file.
        content: all of its bytes, if they are in memory, and far fewer than 256 MiB.

    Yields:
        The image, which decodes its pixels when they are asked for, and the bytes of its file
        that are in memory.

    Raises:
        Unreadable: it is empty, or larger than any image; or Pillow is too old for its format.
        UserError: it is a HEIC photo, and pillow-heif is not installed.
        OSError: the file itself cannot be read, or (``UnidentifiedImageError``) is no image.
    """
    with SparingReader(path) if content is None else BytesIO(content) as stream:
        size = stream.size if isinstance(stream, SparingReader) else len(content or b"")
        if not size:
            raise Unreadable("empty file")
        if size > LARGEST_FILE:
            raise Unreadable(too_large_file(size))
        head = stream.read(BRANDS_BYTES)
        stream.seek(0)
        # An icon is decoded when it is opened, and may hold a picture of any size.
        with pixels_allowed(MOST_ICON_PIXELS if head.startswith(ICON) else MOST_PIXELS):
            image = Image.open(stream, formats=_formats(head))
        with image as opened:
            if isinstance(stream, SparingReader):
                stream.end_header()
            yield opened, size if opened.format in READ_WHOLE else 0


def too_large_file(size: int) -> str:
    """Why a file of this many bytes is taken for no image."""
    return f"too large: a file of {size / 2**30:.1f} GiB, and images have at most 1 GiB"


def is_heif(head: bytes) -> bool:
    """Whether a file that begins with these bytes is a HEIC or HEIF photo.

    Args:
        head: at least its first 12 bytes, to be sure the first 256.
    """
    brands = _brands(head)
    return not is_avif(head) and bool(
        brands & HEIF_BRANDS or (brands and head[8:12] in EITHER_BRANDS)
    )


def is_avif(head: bytes) -> bool:
    """Whether a file that begins with these bytes is an AVIF image.

    Args:
        head: as :func:`is_heif`'s.
    """
    return bool(_brands(head) & AVIF_BRANDS)


def require_heif(needed_by: str) -> None:
    """Make Pillow read HEIC photos.

    Args:
        needed_by: what needs it, as the message's first words.

    Raises:
        UserError: pillow-heif is not installed.
    """
    heif = require("pillow_heif", "pillow-heif", needed_by, HEIF_REMEDY)
    # The main picture is all that is wanted.
    heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


def _brands(head: bytes) -> set[bytes]:
    """The brands of ISO/IEC 14496-12, by which AVIF and HEIF tell what they are."""
    if head[4:8] != b"ftyp":
        return set()
    # The box's length, its name, the main brand, its version, other brands.
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return {head[8:12], *(head[start : start + 4] for start in range(16, end, 4))}


@contextmanager
def pixels_allowed(most: int) -> Iterator[None]:
    """Set Pillow's own bound, which is twice its number."""
    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, most // 2
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _formats(head: bytes) -> tuple[str, ...]:
    """The formats to try: AVIF and HEIF share a container, and each takes what may be missing.

    Raises:
        Unreadable: Pillow is too old for AVIF.
        UserError: pillow-heif is not installed.
    """
    if is_heif(head):
        require_heif("a HEIC photo")
        return ("HEIF",)
    if is_avif(head) and not features.check("avif"):
        raise Unreadable("AVIF image: pip install --upgrade pillow")
    return FORMATS
