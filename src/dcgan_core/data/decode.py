"""One image file to 8-bit RGB, RGBA or grey, saying what had to be done to it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from ..errors import UserError
from .alpha import CHANNELS
from .decode_memory import (
    MOST_BYTES,
    NeedsMore,
    decoding_bytes,
    draft_reduction,
    fit_memory,
    orientation,
)
from .depth import Extremes, Ranges, extremes, kind_of, to_eight_bits
from .image_file import MOST_PIXELS, Unreadable, open_image, pixels_allowed
from .plain_jpeg import image_of, read_codes, read_plain

MODES = {1: "L", 3: "RGB", 4: "RGBA"}
"""What an image becomes, by its channels."""
STRIP_PIXELS = 1 << 20


@dataclass
class Decoded:
    """A picture of Pillow mode RGB, RGBA or L, upright, and notes on what was changed to get it.

    Attributes:
        codes: the same picture as the decoder left it, uint8 H×W×3, or H×W×4 with a fourth byte
            that means nothing; there only where nothing is left to be done to it.
        extent: height and width in pixels, of a draft in parts of one: its last row and column may
            show less of the picture than the others do. None where all show the same.
    """

    picture: Image.Image | None
    notes: list[str] = field(default_factory=list)
    codes: npt.NDArray[np.uint8] | None = None
    extent: tuple[float, float] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        if self.codes is not None:
            return self.codes.shape[0], self.codes.shape[1]
        return self.image.height, self.image.width

    @property
    def image(self) -> Image.Image:
        """The picture for Pillow."""
        if self.picture is None:
            assert self.codes is not None
            self.picture = image_of(self.codes)
        return self.picture


def decode(
    path: Path | str,
    channels: int = 3,
    background: str = "#ffffff",
    ranges: Ranges | None = None,
    most_bytes: int = MOST_BYTES,
    content: bytes | None = None,
    draft: tuple[int, int] | None = None,
) -> Decoded:
    """Open an image file of any common format, bit depth and colour model.

    EXIF orientation is applied, the first frame of an animation taken, transparency put on
    ``background`` unless there is a channel for it, more than 8 bits a channel scaled down without
    clipping. It takes at most 1.44 GB, which is made sure before a pixel is decoded.

    Args:
        path: the file; its content tells the format, whatever its name.
        channels: 3 for RGB, 1 for grey, 4 for RGB with straight alpha.
        background: a colour Pillow knows, such as ``"#ffffff"``.
        ranges: by which grey values of more than 8 bits are scaled; without them by the image's
            own.
        most_bytes: what it may take here; more is for a call that allows it.
        content: the file's bytes, if it is small and they are in memory.
        draft: height and width that it will be resized to: a JPEG of four times these and more may
            be decoded smaller. Without it none is that does not have to be.

    Raises:
        Unreadable: not an image, damaged, or too large.
        NeedsMore: it would take more than ``most_bytes``, and no more than 1.44 GB.
        UserError: it is a HEIC photo, and pillow-heif is not installed.
        OSError: the file itself cannot be read.
    """
    if content is not None and channels == 3 and draft is None:
        codes = read_plain(content, most_bytes)
        if codes is not None:
            return Decoded(None, codes=codes)
    with _told(), open_image(path, content) as (opened, held):
        notes = _first_frame(opened)
        codes, extent = _read(opened, held, channels, most_bytes, content, draft, notes)
        turned = _is_turned(opened, channels, notes)
        if codes is not None and channels == 3 and opened.mode == "RGB" and not turned:
            return Decoded(None, notes, codes, extent)
        image = opened if codes is None else image_of(codes, opened.info)
        if turned:
            image = ImageOps.exif_transpose(image)
        image = _converted(image, channels, background, ranges or {}, notes)
        return Decoded(image, notes, extent=None if turned else extent)


def _read(
    opened: Image.Image,
    held: int,
    channels: int,
    most_bytes: int,
    content: bytes | None,
    draft: tuple[int, int] | None,
    notes: list[str],
) -> tuple[npt.NDArray[np.uint8] | None, tuple[float, float] | None]:
    """Decode the pixels: a JPEG's in memory as codes, any other into ``opened``.

    Returns:
        The codes, and the extent of a draft.
    """
    least = draft_reduction(opened, draft) if draft else 1
    extent = (opened.height / least, opened.width / least) if least > 1 else None
    if reduced := fit_memory(opened, channels, held, most_bytes, least):
        notes.append(reduced)
    codes = None if reduced else read_codes(opened, content, most_bytes)
    if codes is None:
        opened.load()
    return codes, None if reduced else extent


def _converted(
    image: Image.Image, channels: int, background: str, ranges: Ranges, notes: list[str]
) -> Image.Image:
    """A picture of any mode as RGB, RGBA or L."""
    if kind_of(image):
        image = to_eight_bits(image, ranges, notes)
    if image.has_transparency_data:
        image = _see_through(image, channels, background, notes)
    elif image.mode not in ("RGB", "L", "1"):
        notes.append(f"converted from {_name(image.mode)}")
    mode = MODES[channels]
    if image.mode == "P" and mode == "L":
        image = image.convert("RGB")
    return image.convert(mode) if image.mode != mode else image


def find_extremes(path: Path | str, most_bytes: int = MOST_BYTES) -> Extremes | None:
    """The lowest and highest of an image's values of more than 8 bits; None if it has none.

    An image that cannot be read has none: :func:`decode` says why.

    Args:
        path: the file.
        most_bytes: as :func:`decode`'s.

    Raises:
        NeedsMore: as :func:`decode`.
        UserError: as :func:`decode`.
    """
    try:
        with _told(), open_image(path) as (opened, held):
            if not kind_of(opened):
                return None
            fit_memory(opened, 1, held, most_bytes)
            opened.load()
            return extremes(opened, str(path))
    except Unreadable:
        return None


def _first_frame(opened: Image.Image) -> list[str]:
    """Choose it; a note if there are more."""
    if not getattr(opened, "is_animated", False):
        return []
    opened.seek(0)
    return ["several frames: first one taken"]


@contextmanager
def _told() -> Iterator[None]:
    """Say of whatever goes wrong with an image why it cannot be used.

    Raises:
        Unreadable: it went wrong.
        NeedsMore: as it came.
        UserError: as it came.
        OSError: the file cannot be opened.
    """
    try:
        with warnings.catch_warnings(), pixels_allowed(MOST_PIXELS):
            # Pillow warns of many harmless oddities; what matters raises or is noted.
            warnings.simplefilter("ignore")
            yield
    except (Unreadable, NeedsMore, UserError):
        raise
    except UnidentifiedImageError as error:
        raise Unreadable("not an image") from error
    except Image.DecompressionBombError as error:
        raise Unreadable("too large: more pixels than any photograph has") from error
    except MemoryError as error:
        raise Unreadable("too large for this machine's memory") from error
    except OSError as error:
        # Of opening the file; decoders' have no name.
        if error.filename is not None:
            raise
        raise Unreadable(f"truncated or corrupt ({error})") from error
    # Decoders raise nearly anything on bad bytes; the reason is kept whatever its class.
    except Exception as error:
        raise Unreadable(f"truncated or corrupt ({str(error) or type(error).__name__})") from error


def _name(mode: str) -> str:
    return {"P": "a palette", "I;16": "16 bits"}.get(mode, mode)


def _is_turned(image: Image.Image, channels: int, notes: list[str]) -> bool:
    """Whether its EXIF says that it is to be turned upright.

    Raises:
        Unreadable: there is too little memory to turn it.
    """
    try:
        image.getexif()
    # A broken EXIF block raises nearly anything, and does not make the picture unusable.
    except Exception as error:
        notes.append(f"unreadable EXIF ignored ({type(error).__name__})")
        return False
    if orientation(image) == 1:
        return False
    if decoding_bytes(image, channels, turned=True) > MOST_BYTES:
        raise Unreadable(f"too large to be turned: {image.width}x{image.height} pixels")
    notes.append("turned upright as its EXIF says")
    return True


def _see_through(
    image: Image.Image, channels: int, background: str, notes: list[str]
) -> Image.Image:
    """A picture with transparency: kept, as RGBA, where there is a channel for it."""
    if channels == CHANNELS:
        return _straight(image).convert("RGBA")
    opaque, whole = on_ground(image, background)
    if not whole:
        notes.append(f"transparent parts put on {background}")
    return opaque


def on_ground(image: Image.Image, background: str) -> tuple[Image.Image, bool]:
    """A picture with transparency as RGB, and whether it is opaque throughout."""
    opaque, whole = Image.new("RGB", image.size), True
    step = max(1, STRIP_PIXELS // image.width)
    for top in range(0, image.height, step):
        strip = image.crop((0, top, image.width, min(top + step, image.height)))
        layered = _straight(strip).convert("RGBA")
        whole = whole and layered.getchannel("A").getextrema()[0] == 255
        ground = Image.new("RGBA", layered.size, background)
        opaque.paste(Image.alpha_composite(ground, layered).convert("RGB"), (0, top))
    return opaque, whole


def _straight(image: Image.Image) -> Image.Image:
    # Pillow converts LA and PA to RGBA, but not their premultiplied forms.
    mode = {"La": "LA", "RGBa": "RGBA"}.get(image.mode)
    return image.convert(mode) if mode else image
