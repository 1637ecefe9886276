"""Small training images that a page brings along, to find those nearest to what it draws."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor

from ..data.alpha import on_neutral
from ..data.pack import Pack
from ..evaluate.reals import choose_rows, row_batches
from ..evaluate.thumbnails import nearest_thumbnails, thumbnails

MOST = 2000
"""Training images at most."""
MOST_PIXELS = 2_100_000
"""Of all of them together: 2,000 of 32×32, or 500 of 64×64."""
SIDES = (64, 48, 32)
"""Longer sides to choose from; images that are smaller keep their size."""
HELD_OUT = 500
"""Held-out images that are measured for comparison, at most; of fewer than FEWEST, none."""
FEWEST = 20
QUALITY = 80
"""Of WebP, 0 to 100."""
SEED = 0


@dataclass(frozen=True)
class Sprite:
    """All small images in one picture, row by row.

    Attributes:
        address: ``data:`` with the picture.
        count: how many there are.
        of: training images in all.
        height: of a small image, in pixels.
        width: likewise.
        columns: small images in a row.
        usual: how far validation images are from the nearest of these, at the median: root mean
            square difference of codes, 0 to 255, by thumbnails; None of too few images.
    """

    address: str
    count: int
    of: int
    height: int
    width: int
    columns: int
    usual: float | None


def training_sprite(normalized: Path) -> Sprite:
    """The sprite of a run; images with alpha lie on neutral ground.

    Args:
        normalized: ``data/normalized/<size>``.

    Raises:
        UserError: a split is missing or damaged.
    """
    with Pack(normalized / "train.npy") as train, Pack(normalized / "validation.npy") as held_out:
        rows = choose_rows(len(train), MOST, SEED)
        height, width = small_sides(train.height, train.width, len(rows))
        columns = math.ceil(math.sqrt(len(rows)))
        sheet = np.zeros(
            (math.ceil(len(rows) / columns) * height, columns * width, 3), dtype=np.uint8
        )
        thumbs, place = [], 0
        for batch in row_batches(train, rows):
            shown = on_neutral(batch)
            thumbs.append(thumbnails(shown))
            for picture in shown:
                top, left = place // columns * height, place % columns * width
                sheet[top : top + height, left : left + width] = _small(picture, height, width)
                place += 1
        usual = _usual(held_out, torch.cat(thumbs))
        return Sprite(_address(sheet), len(rows), len(train), height, width, columns, usual)


def small_sides(height: int, width: int, count: int) -> tuple[int, int]:
    """(height, width) of each of ``count`` small images: as large as MOST_PIXELS has room for."""
    sides = (0, 0)
    for side in SIDES:
        scale = min(1.0, side / max(height, width))
        sides = (max(1, round(height * scale)), max(1, round(width * scale)))
        if count * sides[0] * sides[1] <= MOST_PIXELS:
            break
    return sides


def _small(picture: npt.NDArray[np.uint8], height: int, width: int) -> npt.NDArray[np.uint8]:
    image = Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture)
    return np.asarray(image.convert("RGB").resize((width, height), Image.Resampling.BOX))


def _usual(held_out: Pack, train: Tensor) -> float | None:
    rows = choose_rows(len(held_out), HELD_OUT, SEED)
    if len(rows) < FEWEST:
        return None
    queries = torch.cat([thumbnails(on_neutral(batch)) for batch in row_batches(held_out, rows)])
    distances, _ = nearest_thumbnails(queries, train)
    return round(float(np.median(distances)), 2)


def _address(sheet: npt.NDArray[np.uint8]) -> str:
    stream = BytesIO()
    Image.fromarray(sheet).save(stream, "WEBP", quality=QUALITY, method=4)
    return f"data:image/webp;base64,{base64.b64encode(stream.getvalue()).decode()}"
