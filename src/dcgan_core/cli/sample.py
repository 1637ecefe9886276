"""``dcgan sample``: a sheet of numbered samples."""

import argparse

from .common import Studio, add_class_option, add_command, whole

TEACH = """\
example:
  dcgan sample --rows 4 --columns 10 --seed 7

writes samples.png. The number below an image names its latent: "dcgan interpolate" and
"dcgan arithmetic" take such numbers, and with the same --seed they mean the same images,
however many are on the sheet. With --each, every sample is a PNG of its own, too; of a generator
trained with resize.channels: 4 these keep their transparency.

of a run with model.conditional: true:
  dcgan sample --rows 2 --class cat --class dog

draws one row of cats and one of dogs. Without --class each number has a class of its own, its
name beside the number; all classes come about as often as among the training images. A name
that the snapshot does not know is answered with those that it does.
"""


def add_parser(subparsers) -> None:
    """Add ``dcgan sample``."""
    parser = add_command(subparsers, "sample", "draw a sheet of numbered samples", TEACH, run)
    parser.add_argument("--rows", type=whole(1, 64), default=8, help="default: 8")
    parser.add_argument("--columns", type=whole(1, 64), default=8, help="default: 8")
    parser.add_argument("--each", action="store_true", help="also write sample-NUMBER.png of each")
    add_class_option(parser, "draw this class; rows are shared out evenly among several")


def run(arguments: argparse.Namespace) -> None:
    """Write ``samples.png``, and with ``--each`` every sample by itself."""
    studio = Studio.open(arguments)
    from ..sample.captions import Cell, captioned_sheet
    from ..sample.grid import to_picture
    from ..sample.sampler import generate

    count, columns = arguments.rows * arguments.columns, arguments.columns
    # With classes asked for, a row is of one class.
    row_of = [number // columns for number in range(count)]
    shares = [row * len(studio.chosen) // arguments.rows for row in row_of]
    classes = studio.classes(shares if studio.chosen else range(count))
    images = generate(studio.generator, studio.latents(count), classes=classes)
    names = studio.class_names(classes, count)
    cells = [
        Cell(image, f"{number}{name}")
        for number, (image, name) in enumerate(zip(images, names, strict=True))
    ]
    rows = [cells[start : start + columns] for start in range(0, count, columns)]
    for number, image in enumerate(images if arguments.each else ()):
        studio.save_picture(f"sample-{number:04d}.png", to_picture(image))
    studio.save_picture("samples.png", captioned_sheet(rows, f"seed {studio.seed}"))
