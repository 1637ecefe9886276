"""``dcgan sample``: a sheet of numbered samples, or any number of them as files or one array."""

from __future__ import annotations

import argparse

from ..errors import UserError
from ..terminal import say
from .common import Studio, add_class_option, add_command, add_latents_option
from .values import real, whole

TEACH = """\
examples:
  dcgan sample --rows 4 --columns 10 --seed 7
  dcgan sample results/64 --images 50000             50,000 files, sample-000000.png and so on
  dcgan sample --images 50000 --format npz           the same as one array: samples.npz
  dcgan sample --rows 4 --truncation 0.7             latents times 0.7: less varied, more usual

writes samples.png. The number below an image names its latent: "dcgan interpolate" and
"dcgan arithmetic" take such numbers, and with the same --seed they mean the same images,
however many are on the sheet. With --each, every sample is a PNG of its own, too; of a generator
trained with resize.channels: 4 these keep their transparency.

With --images there is no sheet. Ctrl-C loses nothing of files: the same command goes on, and with
a larger number it adds to them. An npz is there when it is whole; numpy.load(FILE)["arr_0"] is
uint8, images × height × width × channels.

of a run with model.conditional: true:
  dcgan sample --rows 2 --class cat --class dog

draws one row of cats and one of dogs; with --images cats and dogs take turns. Without --class each
number has a class of its own, its name beside the number; all classes come about as often as among
the training images. A name that the snapshot does not know is answered with those that it does.
"""
SIDE = 8
MOST_IMAGES = 1_000_000
FORMATS = ("png", "webp", "npz")


def add_parser(subparsers) -> None:
    """Add ``dcgan sample``."""
    parser = add_command(subparsers, "sample", "draw numbered samples", TEACH, run)
    parser.add_argument("--rows", type=whole(1, 64), help=f"of the sheet (default: {SIDE})")
    parser.add_argument("--columns", type=whole(1, 64), help=f"of the sheet (default: {SIDE})")
    parser.add_argument("--each", action="store_true", help="also write sample-NUMBER.png of each")
    parser.add_argument(
        "--images",
        type=whole(1, MOST_IMAGES),
        metavar="N",
        help=f"instead of a sheet samples 0 to N - 1, up to {MOST_IMAGES:,}",
    )
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help="of --images: files, losslessly, or one array in a file (default: png)",
    )
    parser.add_argument(
        "--truncation",
        type=real(0, 2),
        default=1.0,
        metavar="PSI",
        help="what latents are multiplied by, 0 to 2 (default: 1)",
    )
    add_latents_option(parser)
    add_class_option(parser, "draw this class; rows are shared out evenly among several")


def run(arguments: argparse.Namespace) -> None:
    """Write ``samples.png``, with ``--each`` every sample by itself, or what ``--images`` asks for.

    Raises:
        UserError: options that exclude each other, or as :meth:`Studio.open`.
    """
    if arguments.images is None:
        if arguments.format:
            raise UserError(f"--format {arguments.format}: say how many, with --images N")
        _sheet(arguments)
        return
    given = [
        f"--{name}" for name in ("rows", "columns", "each", "latents") if getattr(arguments, name)
    ]
    if given:
        raise UserError(
            f"{given[0]} and --images {arguments.images}: one makes a sheet, the other "
            "none; give one of the two"
        )
    if arguments.format == "npz":
        _array(arguments)
    else:
        _files(arguments)


def _sheet(arguments: argparse.Namespace) -> None:
    studio = Studio.open(arguments)
    from ..sample.captions import Cell, captioned_sheet
    from ..sample.grid import to_picture
    from ..sample.sampler import generate

    lines, columns = arguments.rows or SIDE, arguments.columns or SIDE
    count = lines * columns
    # With classes asked for, a row is of one class.
    row_of = [number // columns for number in range(count)]
    shares = [row * len(studio.chosen) // lines for row in row_of]
    classes = studio.classes(shares if studio.chosen else range(count))
    latents = arguments.truncation * studio.latents(count)
    images = generate(studio.generator, latents, classes=classes)
    names = studio.class_names(classes, count)
    cells = [
        Cell(image, f"{number}{name}")
        for number, (image, name) in enumerate(zip(images, names, strict=True))
    ]
    rows = [cells[start : start + columns] for start in range(0, count, columns)]
    for number, image in enumerate(images if arguments.each else ()):
        studio.save_picture(f"sample-{number:04d}.png", to_picture(image))
    cut = "" if arguments.truncation == 1 else f", truncation {arguments.truncation:g}"
    studio.save_picture("samples.png", captioned_sheet(rows, f"{studio.origin}{cut}"))


def _files(arguments: argparse.Namespace) -> None:
    asked = arguments.out
    studio = Studio.open(arguments)
    from ..files import sha256_file
    from ..sample.image_files import image_name, write_images
    from ..sample.series import Series

    form = arguments.format or FORMATS[0]
    # A folder of its own: there may be many.
    folder = asked or studio.folder / "samples"
    series = Series(studio.generator, studio.seed, arguments.truncation, studio.classes)
    facts = {
        "snapshot_sha256": sha256_file(studio.snapshot),
        "classes": [studio.generator.classes.names[one] for one in studio.chosen],
    }
    there = write_images(folder, series, arguments.images, form, facts)
    if there:
        say(f"{folder}: {there} of them were there already")
    say(f"{folder / image_name(0, form)} to {image_name(arguments.images - 1, form)}")


def _array(arguments: argparse.Namespace) -> None:
    asked = arguments.out
    named = asked if asked and asked.suffix.lower() == ".npz" and not asked.is_dir() else None
    arguments.out = named.parent if named else asked
    studio = Studio.open(arguments)
    from ..sample.image_array import write_array
    from ..sample.series import Series

    target = named or studio.folder / "samples.npz"
    series = Series(studio.generator, studio.seed, arguments.truncation, studio.classes)
    write_array(target, series, arguments.images)
    say(target)
