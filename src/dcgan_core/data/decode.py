"""One image file to 8-bit RGB or grey, saying what had to be done to it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

# PostScript and other formats that run foreign programs are left out on purpose.
WANTED_FORMATS = (
    "AVIF", "BMP", "DDS", "DIB", "GIF", "ICO", "JPEG", "JPEG2000", "PCX", "PNG", "PPM", "PSD",
    "QOI", "SGI", "TGA", "TIFF", "WEBP",
)  # fmt: skip
Image.init()
FORMATS = tuple(name for name in WANTED_FORMATS if name in Image.OPEN)
LARGEST_16_BIT = 65535


class Unreadable(Exception):
    """The file is no image that can be used; ``reason`` says why in a few words."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass
class Decoded:
    """A picture of Pillow mode RGB or L, upright, and notes on what was changed to get it."""

    image: Image.Image
    notes: list[str] = field(default_factory=list)


def decode(path: Path | str, channels: int = 3, background: str = "#ffffff") -> Decoded:
    """Open an image file of any common format, bit depth and colour model.

    EXIF orientation is applied, the first frame of an animation taken, transparency put on
    ``background``, more than 8 bits a channel scaled down without clipping.

    Args:
        path: the file; its content tells the format, whatever its name.
        channels: 3 for RGB, 1 for grey.
        background: a colour Pillow knows, such as ``"#ffffff"``.

    Raises:
        Unreadable: not an image, damaged, or too large.
        OSError: the file itself cannot be read.
    """
    content = Path(path).read_bytes()
    try:
        with warnings.catch_warnings():
            # Pillow warns of many harmless oddities; what matters raises or is noted.
            warnings.simplefilter("ignore")
            return _decode(content, channels, background)
    except Unreadable:
        raise
    except UnidentifiedImageError as error:
        raise Unreadable("not an image" if content else "empty file") from error
    except Image.DecompressionBombError as error:
        raise Unreadable("too large: more pixels than any photograph has") from error
    except MemoryError as error:
        raise Unreadable("too large for this machine's memory") from error
    # Decoders raise nearly anything on bad bytes; the reason is kept whatever its class.
    except Exception as error:
        raise Unreadable(f"truncated or corrupt ({str(error) or type(error).__name__})") from error


def _decode(content: bytes, channels: int, background: str) -> Decoded:
    notes: list[str] = []
    with Image.open(BytesIO(content), formats=FORMATS) as opened:
        if getattr(opened, "is_animated", False):
            notes.append("several frames: first one taken")
            opened.seek(0)
        opened.load()
        image = _upright(opened, notes)
        image = _eight_bits(image, notes)
        if image.has_transparency_data:
            image = _opaque(image, background, notes)
        elif image.mode not in ("RGB", "L", "1"):
            notes.append(f"converted from {_name(image.mode)}")
        mode = "RGB" if channels == 3 else "L"
        if image.mode == "P" and mode == "L":
            image = image.convert("RGB")
        image = image.convert(mode) if image.mode != mode else image.copy()
    return Decoded(image, notes)


def _name(mode: str) -> str:
    return {"P": "a palette", "I;16": "16 bits"}.get(mode, mode)


def _upright(image: Image.Image, notes: list[str]) -> Image.Image:
    try:
        turned = ImageOps.exif_transpose(image)
    # A broken EXIF block raises nearly anything, and does not make the picture unusable.
    except Exception as error:
        notes.append(f"unreadable EXIF ignored ({type(error).__name__})")
        return image
    if turned.size != image.size or image.getexif().get(0x0112, 1) not in (0, 1):
        notes.append("turned upright as its EXIF says")
    return turned


def _opaque(image: Image.Image, background: str, notes: list[str]) -> Image.Image:
    # Pillow converts LA and PA to RGBA, but not their premultiplied forms.
    straight = {"La": "LA", "RGBa": "RGBA"}.get(image.mode)
    layered = (image.convert(straight) if straight else image).convert("RGBA")
    if layered.getchannel("A").getextrema()[0] == 255:
        return layered.convert("RGB")
    notes.append(f"transparent parts put on {background}")
    ground = Image.new("RGBA", layered.size, background)
    return Image.alpha_composite(ground, layered).convert("RGB")


def _eight_bits(image: Image.Image, notes: list[str]) -> Image.Image:
    """Scale 16-bit, 32-bit and float grey to 8 bits; other modes pass through.

    Raises:
        Unreadable: a value is not a finite number.
    """
    if not (image.mode.startswith("I") or image.mode == "F"):
        return image
    values = np.asarray(image).astype(np.float64)
    if not np.isfinite(values).all():
        raise Unreadable("holds values that are not finite numbers")
    low, high = float(values.min()), float(values.max())
    bounds: tuple[tuple[float, float], ...]
    if image.mode == "F":
        bounds = ((0.0, 1.0), (0.0, 255.0), (0.0, float(LARGEST_16_BIT)))
    else:
        bounds = ((0.0, float(LARGEST_16_BIT)),)
    for first, last in bounds:
        if first <= low and high <= last:
            break
    else:
        first, last = low, high
    notes.append(f"{image.mode} values {first:g} to {last:g} scaled to 8 bits")
    scaled = (values - first) * (255.0 / (last - first))
    return Image.fromarray(np.rint(scaled).astype(np.uint8))
