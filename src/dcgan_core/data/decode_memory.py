"""How much memory an image takes on its way to 8 bits, told from its header."""

from __future__ import annotations

from typing import IO

from PIL import Image, Jpeg2KImagePlugin, JpegImagePlugin

from .alpha import CHANNELS
from .image_file import MOST_PIXELS, Unreadable

MOST_BYTES = 1_440_000_000
"""What one image may take: with the program itself 1.5 GB, of the 2 GB that the rule declares."""
MOST_SLOW_PIXELS = 2_000_000
MOST_SCAN_PIXELS = 10_000_000_000
"""Scans of a progressive JPEG times its pixels; each scan passes all of them."""
START_OF_SCAN = b"\xff\xda"
REDUCTIONS = (1, 2, 4, 8)
LYING = range(5, 9)
"""Orientations of EXIF in which height and width are exchanged."""
SEEN_BYTES = 9
"""Bytes a pixel of RGBA, the same on the background, and its grey levels."""
ONE_BYTE_MODES, TWO_BYTE_MODES = ("1", "L", "P"), ("I;16", "I;16B", "I;16L", "I;16N")
# Measured with Pillow 13, each above what was found.
WHILE_DECODING = {"AVIF": 10, "HEIF": 10, "JPEG2000": 20, "SGI": 6, "TIFF": 8, "WEBP": 17}
"""Bytes a pixel in all that a decoder takes, where that is more than the image itself."""


class NeedsMore(Exception):
    """The image needs more memory than it was given here."""


def fit_memory(
    opened: Image.Image, channels: int, held: int, most_bytes: int, least: int = 1
) -> str:
    """Check that an image, of which only the header is read, can be decoded.

    JPEG and JPEG 2000 images that need too much are set to be decoded at a half, a quarter or an
    eighth of their sides, which takes less.

    Args:
        opened: the image, as :func:`open_image` gives it.
        channels: 3, 1 or 4, of what it will become.
        held: bytes of its file in memory.
        most_bytes: what it may take here.
        least: by what a JPEG's sides are divided in any case; 1, 2, 4 or 8.

    Returns:
        A note of a reduction beyond that one, empty where there is none.

    Raises:
        Unreadable: it would take more than 1.44 GB, or far more than ten seconds.
        NeedsMore: it would take more than ``most_bytes``, and no more than 1.44 GB.
    """
    width, height = opened.size
    if width * height > _most_pixels(opened):
        raise Unreadable(f"too large: {width}x{height} pixels as {opened.format}")
    fixed, turned = held + _coefficients(opened), orientation(opened) != 1
    for reduction in REDUCTIONS[REDUCTIONS.index(least) :]:
        need = fixed + decoding_bytes(opened, channels, turned, reduction)
        if need <= MOST_BYTES or opened.format not in ("JPEG", "MPO", "JPEG2000"):
            break
    if need > MOST_BYTES:
        raise Unreadable(f"too large: {width}x{height} pixels take {need / 1e9:.1f} GB to decode")
    if need > most_bytes:
        raise NeedsMore
    if reduction > 1:
        _reduce(opened, reduction)
    return f"decoded at 1/{reduction} of its {width}x{height} pixels" if reduction > least else ""


def draft_reduction(opened: Image.Image, target: tuple[int, int]) -> int:
    """By what a JPEG's sides can be divided in decoding so that it stays twice as large as needed.

    Where that does not divide them, the last pixels show less than the others. So it does in what
    is to be turned, since these would be the first then.

    Args:
        opened: its header; of another format it is 1.
        target: height and width that it will be resized to.

    Returns:
        1, 2, 4 or 8.
    """
    if not isinstance(opened, JpegImagePlugin.JpegImageFile):
        return 1
    turned = orientation(opened)
    height, width = opened.size if turned in LYING else opened.size[::-1]
    scale = min(height / target[0], width / target[1])
    fitting = [one for one in REDUCTIONS if turned == 1 or not (height % one or width % one)]
    return max(one for one in fitting if one == 1 or 2 * one <= scale)


def decoding_bytes(opened: Image.Image, channels: int, turned: bool, reduction: int = 1) -> int:
    """Bytes that decoding an image takes at most, and turning and converting it.

    With alpha, cleaning and resizing it take more than that, and count too.

    Args:
        opened: its header.
        channels: 3, 1 or 4, of what it will become.
        turned: whether it is to be turned upright.
        reduction: by what its sides are divided in decoding.
    """
    stored = _pixel_bytes(opened.mode)
    wanted = 1 if channels == 1 else 4
    converted = 0 if opened.mode == ("L" if channels == 1 else "RGB") else wanted
    if opened.mode == "P" and channels == 1:
        converted += 4
    each = max(
        stored * (2 if turned else 1) + converted,
        WHILE_DECODING.get(opened.format or "", 0),
        SEEN_BYTES if channels == CHANNELS else 0,
    )
    return each * -(-opened.width // reduction) * -(-opened.height // reduction)


def orientation(image: Image.Image) -> int:
    """How the image's EXIF says it is turned, 1 (upright) to 8; 1 where it says nothing usable.

    Of a PNG that is not decoded yet it is what stands before the pixels.
    """
    if image.format == "PNG" and "exif" not in image.info and getattr(image, "tile", None):
        return 1
    try:
        found = image.getexif().get(0x0112, 1)
    # A broken EXIF block raises nearly anything, and does not make the picture unusable.
    except Exception:
        return 1
    return found if found in range(2, 9) else 1


def _pixel_bytes(mode: str) -> int:
    if mode in ONE_BYTE_MODES:
        return 1
    return 2 if mode in TWO_BYTE_MODES else 4


def _most_pixels(opened: Image.Image) -> int:
    """Fewer for what Pillow decodes in Python, which takes seconds for a million pixels."""
    decoders = {tile[0] for tile in getattr(opened, "tile", [])}
    return MOST_SLOW_PIXELS if decoders & set(Image.DECODERS) else MOST_PIXELS


def _coefficients(opened: Image.Image) -> int:
    """Bytes of the coefficients that a JPEG of several scans holds until the last one.

    Raises:
        Unreadable: so many scans that they would take minutes.
    """
    if not isinstance(opened, JpegImagePlugin.JpegImageFile):
        return 0
    stream = opened.fp
    if stream is None or not _has_several_scans(opened, stream):
        return 0
    place, scans = stream.tell(), 1
    while block := stream.read(1 << 20):
        scans += block.count(START_OF_SCAN)
    stream.seek(place)
    if scans * opened.width * opened.height > MOST_SCAN_PIXELS:
        raise Unreadable(f"too large: a JPEG of {scans} scans")
    across, down = (max(layer[axis] for layer in opened.layer) for axis in (1, 2))
    share = sum(layer[1] * layer[2] for layer in opened.layer) / (across * down)
    return round(2 * share * opened.width * opened.height)


def _has_several_scans(opened: JpegImagePlugin.JpegImageFile, stream: IO[bytes]) -> bool:
    if opened.info.get("progressive"):
        return True
    if opened.format != "JPEG":
        return False
    # Pillow stopped behind the first scan's header: marker, length, number of components, two
    # bytes for each, three more (ITU-T T.81, B.2.3). A single scan has all components.
    place, components = stream.tell(), len(opened.layer)
    length = 6 + 2 * components
    stream.seek(max(place - length - len(START_OF_SCAN), 0))
    header = stream.read(5)
    stream.seek(place)
    return header != START_OF_SCAN + bytes([0, length, components])


def _reduce(opened: Image.Image, reduction: int) -> None:
    if isinstance(opened, Jpeg2KImagePlugin.Jpeg2KImageFile):
        opened.reduce = reduction.bit_length() - 1
    else:
        opened.draft(None, (opened.width // reduction, opened.height // reduction))
