"""Pictures of ``neighbors``: images, and beside each the training images nearest to it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..data.pack import Pack
from ..sample.captions import Cell, captioned_sheet
from .neighbors import Nearest
from .reals import read_codes


@dataclass(frozen=True)
class Group:
    """Images of one kind with their neighbours.

    Attributes:
        name: what they are, for the captions.
        images: uint8 Q×H×W×C.
        numbers: Q numbers that name them.
        nearest: of each.
    """

    name: str
    images: np.ndarray
    numbers: Sequence[int]
    nearest: Nearest


def neighbor_sheet(groups: Sequence[Group], train: Pack, rows: int, title: str) -> Image.Image:
    """For each group ``rows`` of its images, framed, each with its nearest training images.

    Mirrored neighbours are shown as they were compared: mirrored.
    """
    cells: list[list[Cell | None]] = []
    for group in groups:
        for place in shown(group.nearest.distances[:, 0], rows):
            framed = Cell(group.images[place], f"{group.name} {group.numbers[place]}", marked=True)
            cells.append([framed, None, *_neighbors(group.nearest, place, train)])
    return captioned_sheet(cells, title)


def shown(distances: np.ndarray, count: int) -> np.ndarray:
    """Which to show: the nearest half of ``count``, then evenly on to the farthest.

    Copies stand first, if there are any; the rest says what is usual.
    """
    order = distances.argsort(kind="stable")
    count = min(count, len(order))
    near = -(-count // 2)
    spread = np.linspace(near - 1, len(order) - 1, count - near + 1).round().astype(int)[1:]
    return order[[*range(near), *spread]]


def _neighbors(nearest: Nearest, place: int, train: Pack) -> list[Cell]:
    images = read_codes(train, nearest.rows[place])
    return [
        Cell(
            image[:, ::-1] if mirrored else image,
            f"{distance:.3g}" + (", mirrored" if mirrored else ""),
        )
        for image, distance, mirrored in zip(
            images, nearest.distances[place], nearest.mirrored[place], strict=True
        )
    ]
