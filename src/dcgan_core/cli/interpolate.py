"""``dcgan interpolate``: from one sample to another, a row and a film for each pair."""

import argparse
import re

from .common import Studio, add_class_option, add_command, add_latents_option
from .values import whole

TEACH = """\
example:
  dcgan sample                           look for two images worth joining, say 3 and 17
  dcgan interpolate --pairs 3:17,5:40

writes interpolation.png, one row a pair, and interpolation.gif, there and back. Look for
images that stay plausible all the way and change a little at each step: a sudden jump, or
a blend of two pictures shining through each other, says that the generator learned
single images rather than what varies between them.
"""
DEFAULT_PAIRS = [(2 * row, 2 * row + 1) for row in range(8)]


def pairs(text: str) -> list[tuple[int, int]]:
    """``3:17,5:40`` as pairs of numbers.

    Raises:
        ArgumentTypeError: text of another form.
    """
    if not re.fullmatch(r"\d{1,6}:\d{1,6}(,\d{1,6}:\d{1,6})*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not pairs of sample numbers: 3:17,5:40")
    ends = (part.split(":") for part in text.split(","))
    return [(int(first), int(second)) for first, second in ends]


def add_parser(subparsers) -> None:
    """Add ``dcgan interpolate``."""
    parser = add_command(subparsers, "interpolate", "walk from one sample to another", TEACH, run)
    parser.add_argument(
        "--pairs",
        type=pairs,
        default=DEFAULT_PAIRS,
        metavar="A:B,...",
        help="sample numbers (default: 0:1,2:3 to 14:15)",
    )
    parser.add_argument(
        "--steps", type=whole(2, 100), default=10, help="images in a row, ends included (10)"
    )
    add_latents_option(parser)
    add_class_option(parser, "walk in this class, not in that of each pair's first sample")


def run(arguments: argparse.Namespace) -> None:
    """Write ``interpolation.png`` and ``interpolation.gif``."""
    studio = Studio.open(arguments)
    import torch

    from ..sample.captions import Cell, captioned_sheet
    from ..sample.films import films_gif, there_and_back
    from ..sample.interpolate import slerp
    from ..sample.sampler import generate

    latents = studio.latents(1 + max(number for ends in arguments.pairs for number in ends))
    ends = [(latents[a], latents[b]) for a, b in arguments.pairs]
    row = torch.linspace(0, 1, arguments.steps)
    rows = []
    classes = studio.classes(a for a, _ in arguments.pairs)
    for place, ((a, b), (start, end)) in enumerate(zip(arguments.pairs, ends, strict=True)):
        theirs = None if classes is None else classes[place].repeat(len(row))
        images = generate(studio.generator, slerp(start, end, row), classes=theirs)
        captions = [str(a), *[""] * (len(images) - 2), str(b)]
        rows.append([Cell(*both) for both in zip(images, captions, strict=True)])
    studio.save_picture("interpolation.png", captioned_sheet(rows, studio.origin))
    walks = [there_and_back(slerp(start, end, torch.linspace(0, 1, 30))) for start, end in ends]
    films_gif(studio.folder / "interpolation.gif", studio.generator, walks, classes=classes)
    studio.announce("interpolation.gif")
