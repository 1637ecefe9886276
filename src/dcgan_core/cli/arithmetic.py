"""``dcgan arithmetic``: A − B + C with latents averaged over several samples each."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from .common import Studio, add_class_option, add_command, add_latents_option
from .values import real

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from ..sample.captions import Cell

TEACH = """\
example, on faces:
  dcgan sample --rows 16       find samples that share one thing each
  dcgan arithmetic -a 3,17,40 -b 5,9,22 -c 11,30,52

with A smiling women, B women and C men, the framed picture is A − B + C: smiling men, if the
generator keeps "smiling" apart from "woman". On satellite images: snowy coast − snow + sand.

writes arithmetic.png: the members of each group, their average, and to the right the result
among samples close around it. Choose three or more in each group that differ in everything
but the thing meant, as one image is never enough (Radford et al. 2015, figure 7).
"""
RING = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]


def numbers(text: str) -> list[int]:
    """``3,17,40`` as numbers.

    Raises:
        ArgumentTypeError: text of another form.
    """
    if not re.fullmatch(r"\d{1,6}(,\d{1,6})*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not sample numbers such as 3,17,40")
    return [int(number) for number in text.split(",")]


def add_parser(subparsers) -> None:
    """Add ``dcgan arithmetic``."""
    parser = add_command(
        subparsers, "arithmetic", "add and subtract what samples have in common", TEACH, run
    )
    for name in "abc":
        parser.add_argument(
            f"-{name}",
            type=numbers,
            required=True,
            metavar="N,N,N",
            help=f"numbers of the samples that make up {name.upper()}",
        )
    parser.add_argument(
        "--spread",
        type=real(0, 10),
        default=0.25,
        help="how far around the result to look, in standard deviations (default: 0.25)",
    )
    add_latents_option(parser)
    add_class_option(parser, "draw all in this class, not in that of A's first sample")


def run(arguments: argparse.Namespace) -> None:
    """Write ``arithmetic.png``."""
    studio = Studio.open(arguments)
    import torch

    from ..sample.arithmetic import samples_around, vector_sum
    from ..sample.captions import captioned_sheet
    from ..sample.sampler import generate

    groups = [arguments.a, arguments.b, arguments.c]
    latents = studio.latents(1 + max(max(group) for group in groups))
    total = vector_sum(latents, *groups)
    around = samples_around(total.result, len(RING), arguments.spread, studio.seed)
    one = studio.classes(arguments.a[:1])

    def draw(*latents: Tensor) -> np.ndarray:
        """All in one class: only latents can be added."""
        rows = torch.cat(latents)
        theirs = None if one is None else one.repeat(len(rows))
        return generate(studio.generator, rows, classes=theirs)

    rows = [
        _group_row(name, group, draw(members, mean[None]))
        for name, group, members, mean in zip(
            "ABC", groups, total.members, total.means, strict=True
        )
    ]
    images = draw(total.result[None], around)
    title = (
        f"A - B + C of {studio.origin}: the framed picture; around it, latents at a spread "
        f"of {arguments.spread:g}"
    )
    studio.save_picture("arithmetic.png", captioned_sheet(_beside(rows, images), title))


def _group_row(name: str, group: list[int], images: np.ndarray) -> list[Cell]:
    from ..sample.captions import Cell

    captions = [*(f"{name}: {number}" for number in group), f"mean {name}"]
    return [Cell(*both) for both in zip(images, captions, strict=True)]


def _beside(rows: list[list[Cell]], images: np.ndarray) -> list[list[Cell | None]]:
    """Groups at the left with their means in one column; result and ring at the right."""
    from ..sample.captions import Cell

    wide = max(map(len, rows))
    block: dict[tuple[int, int], Cell] = {(0, 0): Cell(images[0], "A - B + C", marked=True)}
    block |= {place: Cell(image) for place, image in zip(RING, images[1:], strict=True)}
    return [
        [
            *row[:-1],
            *[None] * (wide - len(row)),
            row[-1],
            None,
            *(block[line, column] for column in (-1, 0, 1)),
        ]
        for line, row in zip((-1, 0, 1), rows, strict=True)
    ]
