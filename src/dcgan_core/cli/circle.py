"""``dcgan circle``: round and round in latent space, a film without a seam."""

import argparse

from ..errors import UserError
from .common import Studio, add_class_option, add_command, add_latents_option
from .values import whole

TEACH = """\
example:
  dcgan circle --circles 4 --frames 120

writes circle.gif, in which each cell goes once round a circle about the origin, and
circle.png, a row of moments for each circle. The circle of row 0 starts at sample 0 and
passes near sample 1, that of row 1 starts at 2, and so on. The walk never stops or turns, so
anything that jumps or flickers is the generator's doing. Opposite points of a circle are
latents of opposite sign: see whether their images are opposites, too.
"""
MOMENTS = 12


def add_parser(subparsers) -> None:
    """Add ``dcgan circle``."""
    parser = add_command(subparsers, "circle", "walk round circles in latent space", TEACH, run)
    parser.add_argument("--circles", type=whole(1, 64), default=8, help="cells (default: 8)")
    parser.add_argument(
        "--frames", type=whole(MOMENTS, 1000), default=72, help="of one round (default: 72)"
    )
    add_latents_option(parser)
    add_class_option(parser, "stay in this class, not in that of each circle's first sample")


def run(arguments: argparse.Namespace) -> None:
    """Write ``circle.png`` and ``circle.gif``.

    Raises:
        UserError: as :meth:`Studio.open`, or the generator's latents have length 1.
    """
    studio = Studio.open(arguments)
    if studio.generator.latent_length < 2:
        raise UserError(f"{studio.snapshot}: has latents of length 1, which hold no circle")
    from ..sample.captions import Cell, captioned_sheet
    from ..sample.films import films_gif
    from ..sample.interpolate import circle_walk
    from ..sample.sampler import generate

    ends = studio.latents(2 * arguments.circles)
    walks = [circle_walk(a, b, arguments.frames) for a, b in ends.split(2)]
    angles = [f"{360 * moment // MOMENTS}°" for moment in range(MOMENTS)]
    rows: list[list[Cell]] = []
    classes = studio.classes(range(0, 2 * arguments.circles, 2))
    for place, (a, b) in enumerate(ends.split(2)):
        theirs = None if classes is None else classes[place].repeat(MOMENTS)
        images = generate(studio.generator, circle_walk(a, b, MOMENTS), classes=theirs)
        captions = angles if len(rows) == arguments.circles - 1 else [""] * MOMENTS
        rows.append([Cell(*both) for both in zip(images, captions, strict=True)])
    studio.save_picture("circle.png", captioned_sheet(rows, studio.origin))
    films_gif(studio.folder / "circle.gif", studio.generator, walks, classes=classes)
    studio.announce("circle.gif")
