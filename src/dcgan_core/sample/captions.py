"""Sheets for people to read: images large enough to see, with a line of text under each."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import cast

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..data.alpha import on_neutral
from .grid import to_picture

READABLE_SIDE = 96
"""Images with a shorter side than this are enlarged by whole numbers until they reach it."""
TEXT_SIZE = 13
GAP = 6
INK, PAPER, MARK = "#202020", "#ffffff", "#d03a1c"


@dataclass(frozen=True)
class Cell:
    """One image of a captioned sheet: uint8 H×W×C, its caption, and whether to frame it.

    One with alpha is shown on a neutral ground.
    """

    image: np.ndarray
    caption: str = ""
    marked: bool = False


def enlarge(images: np.ndarray) -> np.ndarray:
    """uint8 …×H×W×C repeated pixel by pixel to a shorter side of READABLE_SIDE or more."""
    factor = -(-READABLE_SIDE // min(images.shape[-3:-1]))
    return images.repeat(factor, axis=-3).repeat(factor, axis=-2)


def captioned_sheet(rows: Sequence[Sequence[Cell | None]], title: str = "") -> Image.Image:
    """Cells row by row below a title; None leaves a place empty.

    Args:
        rows: images of one shape H×W×C, at least one; rows may differ in length. A column of
            nothing but None is a narrow gap.
        title: lines of text, wrapped nowhere.

    Returns:
        An RGB picture. Columns are as wide as their captions need; rows without captions take
        no space for them.
    """
    # The bitmap font that the stubs also name is given only where no size is asked for.
    font = cast(ImageFont.FreeTypeFont, ImageFont.load_default(TEXT_SIZE))
    line = sum(font.getmetrics())
    cells = [cell for row in rows for cell in row if cell]
    height, width = enlarge(cells[0].image).shape[:2]
    lefts = [GAP]
    for column in zip_longest(*rows):
        texts = [font.getlength(cell.caption) for cell in column if cell]
        lefts.append(lefts[-1] + GAP + (round(max(width, *texts)) if texts else 2 * GAP))
    title_lines = title.splitlines()
    heights = [height + GAP + line * any(cell and cell.caption for cell in row) for row in rows]
    top = GAP + (line * len(title_lines) + GAP if title_lines else 0)
    reach = max([lefts[-1], *(round(font.getlength(text)) + 2 * GAP for text in title_lines)])
    picture = Image.new("RGB", (reach, top + sum(heights) + GAP), PAPER)
    for index, text in enumerate(title_lines):
        ImageDraw.Draw(picture).text((GAP, GAP + index * line), text, INK, font)
    for row, row_height in zip(rows, heights, strict=True):
        for left, cell in zip(lefts, row, strict=False):
            if cell:
                _draw_cell(picture, cell, (left, top), font)
        top += row_height
    return picture


def _draw_cell(
    picture: Image.Image, cell: Cell, corner: tuple[int, int], font: ImageFont.FreeTypeFont
) -> None:
    left, top = corner
    image = on_neutral(enlarge(cell.image))
    height, width = image.shape[:2]
    picture.paste(to_picture(image), corner)
    draw = ImageDraw.Draw(picture)
    if cell.marked:
        draw.rectangle((left - 3, top - 3, left + width + 2, top + height + 2), None, MARK, 3)
    draw.text((left + width // 2, top + height), cell.caption, INK, font, anchor="ma")
