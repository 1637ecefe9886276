"""Ordinary JPEGs decoded from memory by libjpeg-turbo, without Pillow's reading piece by piece.

Pillow uses the same library and gives the same codes. It stays the one that says what a file is and
what is wrong with it: whatever is not plain or not whole is left to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import simplejpeg
from PIL import Image, JpegImagePlugin

STORED = {3: "RGB", 4: "RGBX"}
LARGE_PIXELS = 1 << 17
"""Pixels above which a fourth byte for each, which Pillow has, too, spares more than it costs."""
START = b"\xff\xd8"
# Markers of ITU-T T.81, table B.1.
BASELINE, SCAN = 0xC0, 0xDA
TABLES = {0xC4, 0xDB, 0xDD}
JFIF, COMMENT = 0xE0, 0xFE


def read_plain(content: bytes, most_bytes: int) -> npt.NDArray[np.uint8] | None:
    """The pixels of a JPEG without anything in its header to be heeded; None of any other file.

    Args:
        content: the whole file.
        most_bytes: what the pixels and one copy of them may take.

    Returns:
        uint8 H×W×3 of a colour image; of one larger than LARGE_PIXELS H×W×4, where the fourth
        byte means nothing.
    """
    frame = _plain_frame(content)
    # Eight bits, height, width, three components (B.2.2).
    if len(frame) != 15 or frame[0] != 8 or frame[5] != 3:
        return None
    height, width = int.from_bytes(frame[1:3], "big"), int.from_bytes(frame[3:5], "big")
    return _decode(content, "RGB", (height, width), most_bytes)


def read_codes(
    opened: Image.Image, content: bytes | None, most_bytes: int
) -> npt.NDArray[np.uint8] | None:
    """The pixels of any JPEG that Pillow takes for colour or grey; None where it is to decode it.

    Args:
        opened: its header, as Pillow read it; it is decoded at the size that this has.
        content: the whole file, if it is in memory.
        most_bytes: as :func:`read_plain`'s.

    Returns:
        As :func:`read_plain`; uint8 H×W×1 of a grey image.
    """
    plain = type(opened) is JpegImagePlugin.JpegImageFile and opened.mode in ("RGB", "L")
    if content is None or not plain:
        return None
    return _decode(content, opened.mode, (opened.height, opened.width), most_bytes)


def image_of(codes: npt.NDArray[np.uint8], info: Mapping[Any, Any] | None = None) -> Image.Image:
    """A picture of mode RGB or L.

    Args:
        codes: as :func:`read_codes` gives them.
        info: what Pillow read in the header, with the EXIF data.
    """
    height, width, channels = codes.shape
    if channels == 1:
        image = Image.frombuffer("L", (width, height), codes, "raw", "L", 0, 1)
    else:
        image = Image.frombytes("RGB", (width, height), codes.data, "raw", STORED[channels])
    image.info.update(info or {})
    return image


def _plain_frame(content: bytes) -> bytes:
    """The parameters of a baseline frame in one scan; empty where there is anything else.

    Only tables, comments and JFIF's own segment may stand around it: no EXIF, no profile, no note
    of other colours, no further pictures.
    """
    frame, place = b"", len(START)
    if not content.startswith(START):
        return b""
    while content[place : place + 1] == b"\xff" and place + 4 <= len(content):
        marker, length = content[place + 1], int.from_bytes(content[place + 2 : place + 4], "big")
        body = place + 4
        if marker == SCAN:
            # One scan of all components: their number, two bytes for each, three more (B.2.3).
            return frame if frame and length == 6 + 2 * frame[5] else b""
        if marker == BASELINE and not frame:
            frame = content[body : place + 2 + length]
        elif marker == JFIF:
            if content[body : body + 5] != b"JFIF\0" or length < 16:
                return b""
        elif marker not in TABLES and marker != COMMENT:
            return b""
        place += 2 + length
    return b""


def _decode(
    content: bytes, mode: str, size: tuple[int, int], most_bytes: int
) -> npt.NDArray[np.uint8] | None:
    height, width = size
    if 8 * height * width + len(content) > most_bytes:
        return None
    space = "GRAY" if mode == "L" else STORED[4 if height * width > LARGE_PIXELS else 3]
    try:
        # It raises at the least irregularity, whether a decoder can repair it or not.
        codes = simplejpeg.decode_jpeg(content, space, min_height=height, min_width=width)
    except (ValueError, MemoryError):
        return None
    return codes if codes.shape[:2] == size else None
