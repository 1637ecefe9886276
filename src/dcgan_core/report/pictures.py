"""Pictures inside a page: files as data, and a sheet of real images."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from ..data.alpha import on_neutral
from ..data.pack import Pack
from ..errors import UserError
from ..evaluate.reals import choose_rows, read_codes

GAP = 2
MOST = 8
"""Rows and columns of the sheet of real images, at most."""
LOOKS = Literal["images", "chart", "sheet"]


@dataclass(frozen=True)
class Picture:
    """One picture of a page.

    Attributes:
        address: ``data:`` with the whole file.
        caption: one sentence, shown below it; its first part serves readers who cannot see it.
        width: on the page, in pixels.
        height: likewise.
        look: ``images`` are shown pixel by pixel; ``chart`` and ``sheet`` hold small text and are
            not shrunk on a phone but scroll.
    """

    address: str
    caption: str
    width: int
    height: int
    look: LOOKS = "images"


def picture(path: Path, caption: str, width: int, look: LOOKS = "images") -> Picture:
    """A PNG or GIF file as a picture.

    Args:
        path: the file.
        caption: what is said below it.
        width: on the page; charts and sheets are not enlarged to it.
        look: how it is shown.

    Raises:
        UserError: there is no such picture.
    """
    try:
        return _of_bytes(path.read_bytes(), caption, width, look)
    except OSError as error:
        raise UserError(
            f"{path}: not a picture ({error.strerror or 'damaged'}). Delete it and run the stage "
            "that makes it again."
        ) from error


def _of_bytes(content: bytes, caption: str, width: int, look: LOOKS) -> Picture:
    with Image.open(BytesIO(content)) as image:
        kind, (natural, height) = str(image.format).lower(), image.size
    if look != "images":
        width = min(width, natural)
    address = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
    return Picture(address, caption, width, round(height * width / natural), look)


def array_picture(image: np.ndarray, caption: str, width: int) -> Picture:
    """uint8 H×W×C as a picture; arguments as for :func:`picture`."""
    stream = BytesIO()
    Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).save(stream, "PNG")
    return _of_bytes(stream.getvalue(), caption, width, "images")


def real_sheet(normalized: Path, rows: int, columns: int, seed: int) -> np.ndarray:
    """uint8 H×W×C with real training images, laid out as the sheet of samples is.

    Args:
        normalized: ``data/normalized/<size>``.
        rows: of the sheet; MOST at most.
        columns: likewise.
        seed: which images.

    Raises:
        UserError: the pack is missing or damaged.
    """
    rows, columns = min(rows, MOST), min(columns, MOST)
    with Pack(normalized / "train.npy") as pack:
        images = read_codes(pack, choose_rows(len(pack), rows * columns, seed))
    return montage(images, rows, columns)


def montage(images: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """uint8 N×H×W×C as one uint8 array on white; ``sample.grid`` needs torch, a report does not.

    Images with alpha are put on a neutral ground.

    Args:
        images: N at most rows·columns.
        rows: of the sheet.
        columns: of the sheet.
    """
    images = on_neutral(images)
    count, height, width, channels = images.shape
    cells = np.full((rows * columns, height + GAP, width + GAP, channels), 255, np.uint8)
    cells[:count, :height, :width] = images
    laid = cells.reshape(rows, columns, height + GAP, width + GAP, channels).swapaxes(1, 2)
    whole = laid.reshape(rows * (height + GAP), columns * (width + GAP), channels)
    return np.pad(whole, ((GAP, 0), (GAP, 0), (0, 0)), constant_values=255)
