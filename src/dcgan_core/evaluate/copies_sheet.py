"""A picture of the samples that are most like a training image or another sample."""

from pathlib import Path

import numpy as np
from torch import Tensor

from ..data.pack import Pack
from ..files import writing
from ..nets import Generator
from ..sample.captions import Cell, captioned_sheet
from ..sample.sampler import generate
from .near_copies import Look
from .reals import read_codes

ROWS = 4


def copies_sheet(
    target: Path, look: Look, generator: Generator, latents: Tensor, train: Pack
) -> None:
    """Write the PNG: beside each sample the image that it is nearest to.

    Args:
        target: the PNG.
        look: at the samples of these latents.
        generator: what made them.
        latents: N×nz.
        train: the training images.
    """
    nearest = look.source_distances.argsort(kind="stable")[:ROWS]
    # Of two samples that are each other's twin, one stands for both.
    twins = [
        place
        for place in look.twin_distances.argsort(kind="stable")
        if place < look.twins[place] or look.twins[look.twins[place]] != place
    ][:ROWS]
    sources = read_codes(train, look.sources[nearest])
    cells: list[list[Cell | None]] = []
    for row in range(max(len(nearest), len(twins))):
        line: list[Cell | None] = []
        if row < len(nearest):
            place = nearest[row]
            line += _pair(
                _image(generator, latents, place),
                sources[row],
                f"sample {place}",
                f"training image, {look.source_distances[place]:.0f} apart",
            )
        if row < len(twins):
            place = twins[row]
            line += [None] if line else []
            line += _pair(
                _image(generator, latents, place),
                _image(generator, latents, look.twins[place]),
                f"sample {place}",
                f"sample {look.twins[place]}, {look.twin_distances[place]:.0f} apart",
            )
        cells.append(line)
    title = (
        "The samples that are most like a training image, and those most like another sample\n"
        "(apart: root mean square difference of small versions, 0 to 255)"
    )
    with writing(target) as part:
        captioned_sheet(cells, title).save(part, "PNG")


def _image(generator: Generator, latents: Tensor, place: int) -> np.ndarray:
    classes = generator.classes.numbered([place]) if generator.classes else None
    return generate(generator, latents[place : place + 1], classes=classes)[0]


def _pair(image: np.ndarray, other: np.ndarray, name: str, caption: str) -> list[Cell | None]:
    return [Cell(image, name), Cell(other, caption, marked=True)]
