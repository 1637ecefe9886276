"""Drawing single digits: printed ones of several fonts, turned, slanted, stretched and moved."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

SIDE = 64
FONTS = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSansMono",
    "DejaVuSerif",
    "DejaVuSerif-Italic",
    "STIXGeneral",
    "STIXGeneralBolIta",
    "cmr10",
    "cmss10",
    "cmtt10",
)
"""Files of matplotlib's own folder, so that every machine draws with the same ones."""
NUMBERS = 9
"""Random numbers that one digit takes."""

# Masks are twice as large as the drawing: turned and shrunk, their edges stay smooth.
MASK_SIDE = 2 * SIDE
MASK_HEIGHT = 76
STROKES = 4
LEAST_SCALE, LARGEST_SCALE = 0.8, 1.02
STRETCH = 0.1
TURN = math.radians(15)
SLANT = 0.2
SHIFT = 3.0


def draw_digit(digit: int, numbers: Sequence[float]) -> npt.NDArray[np.uint8]:
    """A white digit on black, 64×64.

    Args:
        digit: 0 to 9.
        numbers: nine, evenly from [0,1): the font, the stroke, and how the digit is moved.
    """
    kind, line, *rest = numbers
    size, wide, high, turn, slant, right, down = (2 * number - 1 for number in rest)
    scale = (LEAST_SCALE + LARGEST_SCALE + (LARGEST_SCALE - LEAST_SCALE) * size) / 2
    cosine, sine, lean = math.cos(TURN * turn), math.sin(TURN * turn), SLANT * slant
    # Pillow asks where in the mask each pixel of the drawing comes from: so all is undone, the
    # turn first.
    across, along = (MASK_SIDE / SIDE / (scale * (1 + STRETCH * part)) for part in (wide, high))
    back = (
        (across * (cosine + lean * sine), across * (sine - lean * cosine)),
        (-along * sine, along * cosine),
    )
    x, y = SIDE / 2 + SHIFT * right, SIDE / 2 + SHIFT * down
    rows = [(row[0], row[1], MASK_SIDE / 2 - row[0] * x - row[1] * y) for row in back]
    moved = glyph(int(kind * len(FONTS)), digit, int(line * STROKES)).transform(
        (SIDE, SIDE),
        Image.Transform.AFFINE,
        (*rows[0], *rows[1]),
        Image.Resampling.BILINEAR,
    )
    return np.asarray(moved)


@cache
def glyph(font: int, digit: int, stroke: int) -> Image.Image:
    """The digit as the font has it, in the middle of 128×128; a zero is 76 high.

    Args:
        font: its place in ``FONTS``.
        digit: 0 to 9.
        stroke: pixels, at most 3, by which every line is widened on both sides.
    """
    mask = Image.new("L", (MASK_SIDE, MASK_SIDE))
    face = _face(font)
    left, top, right, bottom = face.getbbox(str(digit))
    corner = (MASK_SIDE - left - right) / 2, (MASK_SIDE - top - bottom) / 2
    ImageDraw.Draw(mask).text(corner, str(digit), 255, face, stroke_width=stroke)
    return mask


@cache
def _face(font: int) -> ImageFont.FreeTypeFont:
    path = Path(matplotlib.get_data_path(), "fonts", "ttf", f"{FONTS[font]}.ttf")
    # Basic layout: the other needs a library that not every machine has.
    basic = ImageFont.Layout.BASIC
    _, top, _, bottom = ImageFont.truetype(str(path), MASK_SIDE, layout_engine=basic).getbbox("0")
    size = round(MASK_SIDE * MASK_HEIGHT / (bottom - top))
    return ImageFont.truetype(str(path), size, layout_engine=basic)
