"""``dcgan sample``: a sheet of numbered samples."""

import argparse

from .common import Studio, add_command, whole

TEACH = """\
example:
  dcgan sample --rows 4 --columns 10 --seed 7

writes samples.png. The number below an image names its latent: "dcgan interpolate" and
"dcgan arithmetic" take such numbers, and with the same --seed they mean the same images,
however many are on the sheet. With --each, every sample is a PNG of its own, too; of a generator
trained with resize.channels: 4 these keep their transparency.
"""


def add_parser(subparsers) -> None:
    """Add ``dcgan sample``."""
    parser = add_command(subparsers, "sample", "draw a sheet of numbered samples", TEACH, run)
    parser.add_argument("--rows", type=whole(1, 64), default=8, help="default: 8")
    parser.add_argument("--columns", type=whole(1, 64), default=8, help="default: 8")
    parser.add_argument("--each", action="store_true", help="also write sample-NUMBER.png of each")


def run(arguments: argparse.Namespace) -> None:
    """Write ``samples.png``, and with ``--each`` every sample by itself."""
    studio = Studio.open(arguments)
    from ..sample.captions import Cell, captioned_sheet
    from ..sample.grid import to_picture
    from ..sample.sampler import generate

    count, columns = arguments.rows * arguments.columns, arguments.columns
    images = generate(studio.generator, studio.latents(count))
    cells = [Cell(image, str(number)) for number, image in enumerate(images)]
    rows = [cells[start : start + columns] for start in range(0, count, columns)]
    for number, image in enumerate(images if arguments.each else ()):
        studio.save_picture(f"sample-{number:04d}.png", to_picture(image))
    studio.save_picture("samples.png", captioned_sheet(rows, f"seed {studio.seed}"))
