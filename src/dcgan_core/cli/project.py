"""``dcgan project``: the latent whose picture comes nearest to one that is given."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..terminal import say
from .common import (
    Studio,
    add_bare_command,
    add_class_option,
    add_snapshot_arguments,
    add_studio_options,
)
from .values import to_path, whole

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

    from ..projection.search import Found

TEACH = """\
examples:
  dcgan project me.jpg                            of the best snapshot
  dcgan project me.jpg results/64 --steps 1000    longer, and nearer
  dcgan interpolate --latents results/64/latent/project-me.safetensors --pairs 0:17

writes project-NAME.png: the picture, what was found, and steps on the way; and the latent, as
project-NAME.safetensors. The picture's middle is cut out and resized as training images are. With
--latents other commands have that latent as number 0.

A generator can draw what it was trained on and little else: of another subject the nearest picture
is still one of its own. That it finds a held-out image says that it covers it; that it finds a
training image alone says little, unless held-out ones are found less well.
"""
SPACES = ("pixels", "both")


def add_parser(subparsers) -> None:
    """Add ``dcgan project``."""
    parser = add_bare_command(subparsers, "project", "find the latent of a picture", TEACH, run)
    parser.add_argument("picture", type=to_path, help="any image file")
    add_snapshot_arguments(parser)
    add_studio_options(parser)
    parser.add_argument(
        "--steps", type=whole(1, 100_000), default=300, help="of the search (default: 300)"
    )
    parser.add_argument(
        "--space",
        choices=SPACES,
        default="both",
        help="what is compared: pixels alone, or EfficientNet-Lite0 features too (default: both)",
    )
    add_class_option(parser, "look in this class")


def run(arguments: argparse.Namespace) -> None:
    """Write the sheet and the latent, and say how near they come."""
    studio = Studio.open(arguments)
    from ..files import sha256_file
    from ..projection.picture import read_picture
    from ..projection.search import DRAWN, project
    from ..sample.latent_file import save_latents

    generator = studio.generator
    size = (generator.height, generator.width)
    picture = read_picture(arguments.picture, size, generator.channels)
    found = project(
        generator,
        picture,
        studio.latents(DRAWN),
        studio.classes(range(DRAWN)),
        arguments.steps,
        arguments.space == "both",
    )
    of_class = None if found.label is None else generator.classes.names[found.label]
    name = f"project-{arguments.picture.stem}"
    studio.save_picture(f"{name}.png", _sheet(picture, found, arguments.picture.name))
    facts = {
        "snapshot_sha256": sha256_file(studio.snapshot),
        "picture_sha256": sha256_file(arguments.picture),
        "difference": found.difference,
        "class": of_class,
    }
    save_latents(studio.folder / f"{name}.safetensors", found.latent[None], facts)
    studio.announce(f"{name}.safetensors")
    say(
        f"difference {found.difference:.1f} of 255 codes (root mean square); of the nearest of "
        f"{DRAWN:,} drawn {found.drawn_difference:.1f}"
    )
    if of_class is not None:
        say(f"class: {of_class}; for other commands: --class {of_class}")


def _sheet(picture: np.ndarray, found: Found, name: str) -> Image:
    from ..sample.captions import Cell, captioned_sheet

    way = [Cell(image, f"step {step}") for step, image in found.moments[:-1]]
    last = found.moments[-1][0]
    ends = [Cell(picture, "picture"), Cell(found.image, f"found, step {last}", marked=True)]
    return captioned_sheet([ends, way], f"{name}: difference {found.difference:.1f} codes")
