"""A look at all images before any is made into anything: what they need, and what they share."""

from __future__ import annotations

from .decode import find_extremes
from .depth import Ranges, common_ranges
from .image_file import BRANDS_BYTES, is_heif, require_heif
from .shared_work import each_in_order

CHUNK = 64
NEVER_DEEP = (b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF")
PNG = b"\x89PNG\r\n\x1a\n"


def find_ranges(paths: list[str]) -> Ranges:
    """By which ranges the grey values of more than 8 bits of these images are scaled.

    Raises:
        UserError: one of them is a HEIC photo, and pillow-heif is not installed.
    """
    deep = []
    for path in paths:
        with open(path, "rb", buffering=0) as stream:
            head = stream.read(BRANDS_BYTES)
        if is_heif(head):
            require_heif(f"{path}: a HEIC photo")
        if may_be_deep(head):
            deep.append(path)
    found = each_in_order(find_extremes, deep, CHUNK)
    return common_ranges(one for one in found if one is not None)


def may_be_deep(head: bytes) -> bool:
    """Whether a file that begins so may have grey values of more than 8 bits.

    Args:
        head: at least its first 25 bytes.
    """
    if head.startswith(PNG):
        # The header's bit depth (PNG specification, 11.2.1).
        return head[24:25] == b"\x10"
    return not head.startswith(NEVER_DEEP)
