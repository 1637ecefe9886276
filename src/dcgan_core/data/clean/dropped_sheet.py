"""A contact sheet of the images that were dropped, each with its reason."""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import chain, islice, zip_longest
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from ..alpha import on_neutral
from .checks import Drop

MOST = 100
THUMBNAIL = 96
LARGE_PIXELS = {"RGB": 180_000_000, "L": 180_000_000, "RGBA": 120_000_000}
COLUMNS = 5
GAP = 10
TEXT_SIZE = 11
LINE = 14
FILE_LINES = 1
REASON_LINES = 3
CHARACTERS = 33
CELL_WIDTH = 2 * THUMBNAIL + GAP
CELL_HEIGHT = THUMBNAIL + 4 + (FILE_LINES + REASON_LINES) * LINE
HEADER = 2 * LINE + GAP
GROUND, EMPTY, INK, FAINT = "#ffffff", "#e4e4e4", "#202020", "#707070"


@dataclass(frozen=True)
class Shown:
    """A dropped image to show; ``picture`` is uint8 H×W×C, or None if it could not be read."""

    file: str
    drop: Drop
    picture: npt.NDArray[np.uint8] | None


def thumbnail(image: Image.Image) -> npt.NDArray[np.uint8]:
    """The whole image within 96×96, uint8 H×W×C; never enlarged."""
    # Copying one larger than this takes more memory than decoding it.
    large = image.width * image.height > LARGE_PIXELS[image.mode]
    small = image.reduce(4) if large else image.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    pixels = np.asarray(small)
    return pixels if pixels.ndim == 3 else pixels[..., None]


class Dropped:
    """Counts what was dropped, and keeps enough of each kind for the sheet."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._kinds: dict[str, list[Shown]] = {}

    def add(self, file: str, drop: Drop, picture: npt.NDArray[np.uint8] | None) -> None:
        """Count an image; ``picture`` is uint8 H×W×C of any size, or None."""
        self.counts[drop.kind] += 1
        shown = self._kinds.setdefault(drop.kind, [])
        if len(shown) < MOST:
            small = None if picture is None else thumbnail(_picture(picture))
            shown.append(Shown(file, drop, small))

    def by_kind(self) -> str:
        """The counts in words: ``"too small 3, duplicate 2"``."""
        return ", ".join(f"{kind} {count}" for kind, count in self.counts.items())

    def chosen(self) -> list[Shown]:
        """At most 100 images, as many of each kind as of the others while there are any."""
        in_turn = chain.from_iterable(zip_longest(*self._kinds.values()))
        taken = list(islice((shown for shown in in_turn if shown is not None), MOST))
        order = list(self._kinds)
        return sorted(taken, key=lambda shown: order.index(shown.drop.kind))

    def repeated(self) -> set[int]:
        """The pack's rows of the images that the chosen ones repeat."""
        return {shown.drop.repeats for shown in self.chosen() if shown.drop.repeats is not None}


def draw_sheet(dropped: Dropped, total: int, kept: dict[int, npt.NDArray[np.uint8]]) -> Image.Image:
    """The sheet: each picture with its name and reason, duplicates beside the image kept.

    Args:
        dropped: the images to show, at most 100 of them, and the counts for the title.
        total: images there were.
        kept: by pack row, uint8 H×W×C, the kept images that the chosen ones repeat.
    """
    chosen = dropped.chosen()
    columns = COLUMNS if chosen else 2
    rows = -(-len(chosen) // columns)
    width, height = columns * (CELL_WIDTH + GAP) + GAP, HEADER + rows * (CELL_HEIGHT + GAP) + GAP
    canvas = Image.new("RGB", (width, height), GROUND)
    pen = ImageDraw.Draw(canvas)
    font = _font()
    pen.multiline_text((GAP, GAP), _title(dropped, total, chosen), INK, font)
    for index, shown in enumerate(chosen):
        row, column = divmod(index, columns)
        left, top = GAP + column * (CELL_WIDTH + GAP), HEADER + GAP + row * (CELL_HEIGHT + GAP)
        _cell(canvas, pen, font, (left, top), shown, kept)
    return canvas


def _title(dropped: Dropped, total: int, chosen: list[Shown]) -> str:
    count = dropped.counts.total()
    title = f"{count} of {total} images dropped" + (f": {dropped.by_kind()}.\n" if count else ".")
    if len(chosen) < count:
        title += f"{len(chosen)} of them shown. "
    if any(shown.drop.repeats is not None for shown in chosen):
        title += "Right of a duplicate: the image kept in its place."
    return title


def _cell(
    canvas: Image.Image,
    pen: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont,
    corner: tuple[int, int],
    shown: Shown,
    kept: dict[int, npt.NDArray[np.uint8]],
) -> None:
    left, top = corner
    if shown.picture is None:
        pen.rectangle((left, top, left + THUMBNAIL - 1, top + THUMBNAIL - 1), EMPTY)
    else:
        canvas.paste(_picture(on_neutral(shown.picture)), corner)
    if shown.drop.repeats is not None:
        repeated = _picture(on_neutral(thumbnail(_picture(kept[shown.drop.repeats]))))
        canvas.paste(repeated, (left + THUMBNAIL + GAP, top))
    reason = textwrap.wrap(shown.drop.reason, CHARACTERS, max_lines=REASON_LINES, placeholder=" …")
    pen.text((left, top + THUMBNAIL + 4), _ending(shown.file), FAINT, font)
    for number, line in enumerate(reason, FILE_LINES):
        pen.text((left, top + THUMBNAIL + 4 + number * LINE), line, INK, font)


def _ending(file: str) -> str:
    """The end of a long path, which tells more than its beginning."""
    return file if len(file) <= CHARACTERS else "…" + file[1 - CHARACTERS :]


def _picture(pixels: npt.NDArray[np.uint8]) -> Image.Image:
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def _font() -> ImageFont.FreeTypeFont:
    # Pillow's own font lacks letters that file names have. Only found, not imported: importing
    # matplotlib takes longer than many a folder of images.
    found = find_spec("matplotlib")
    assert found is not None
    assert found.origin is not None
    fonts = Path(found.origin).parent / "mpl-data/fonts/ttf"
    return ImageFont.truetype(fonts / "DejaVuSans.ttf", TEXT_SIZE)
