"""``dcgan neighbors``: the training images nearest to samples, against a control."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UserError
from ..terminal import say
from .common import Studio, add_command
from .values import to_path, whole

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

    from ..data.pack import Pack
    from ..evaluate.neighbors import Nearest

TEACH = """\
example:
  dcgan neighbors --count 200 --nearest 5

writes neighbors-pixels.png and neighbors-features.png: samples, those nearest to a training
image first, and beside each its nearest training images with their distances; below, the
same for held-out images, which nothing was trained on. neighbors.json has all distances.
Samples that look like their neighbour, while held-out images do not, are copies: the ratio of
medians then goes towards 0. Pixel distances favour smooth images, whatever is in them, so judge
by both spaces. Features take minutes on a CPU, at some 20 training images a second;
--space pixels takes seconds.
"""
SPACES = ("pixels", "features")


def add_parser(subparsers) -> None:
    """Add ``dcgan neighbors``."""
    parser = add_command(
        subparsers, "neighbors", "check samples for copies of training images", TEACH, run
    )
    parser.add_argument(
        "--count",
        type=whole(1, 10_000),
        default=100,
        help="samples, and held-out images, compared (default: 100)",
    )
    parser.add_argument(
        "--nearest", type=whole(1, 100), default=5, help="neighbours of each (default: 5)"
    )
    parser.add_argument(
        "--rows", type=whole(1, 64), default=5, help="samples on each sheet (default: 5)"
    )
    parser.add_argument(
        "--space",
        choices=(*SPACES, "both"),
        default="both",
        help="where distances are measured (default: both)",
    )
    parser.add_argument(
        "--data", type=to_path, help="folder of the splits (default: data/normalized/SIZE)"
    )


def run(arguments: argparse.Namespace) -> None:
    """Write ``neighbors-*.png`` and ``neighbors.json``, and print the medians."""
    studio = Studio.open(arguments)
    from ..data.pack import Pack
    from ..evaluate.memorization import record
    from ..params import size_name
    from ..records import write_json

    size = (studio.generator.height, studio.generator.width)
    # Of a snapshot of another run, that run's: results/SIZE is two folders above it.
    root = studio.snapshot.parents[2] if studio.snapshot.match("results/*/*") else Path()
    folder = arguments.data or root / "data" / "normalized" / size_name(size)
    with Pack(folder / "train.npy") as train, Pack(folder / "validation.npy") as validation:
        _check(studio, train, arguments.nearest)
        samples, held_out, rows = _compared(studio, validation, arguments.count)
        spaces = {}
        for space in SPACES if arguments.space == "both" else (arguments.space,):
            found = _search(space, [samples, held_out], train, arguments.nearest, studio)
            spaces[space] = found
            picture = _sheet(space, samples, held_out, rows, found, train, arguments.rows)
            studio.save_picture(f"neighbors-{space}.png", picture)
        facts = {
            "snapshot": str(studio.snapshot),
            "seed": studio.seed,
            "training_images": len(train),
            "samples_compared": len(samples),
            "held_out_compared": len(held_out),
            "held_out_rows": rows.tolist(),
        }
    result = record(spaces, facts)
    write_json(studio.folder / "neighbors.json", result)
    studio.announce("neighbors.json")
    for space in spaces:
        say(_line(space, result[space]))


def _check(studio: Studio, train: Pack, nearest: int) -> None:
    generator = studio.generator
    made = (generator.height, generator.width, generator.channels)
    stored = (train.height, train.width, train.channels)
    if made != stored:
        raise UserError(
            f"{train.path}: holds images {stored}, but {studio.snapshot} makes {made} (height, "
            "width, channels). Name the folder it was trained on with --data."
        )
    if nearest > len(train):
        raise UserError(
            f"--nearest {nearest}: {train.path} holds {len(train)} images; ask for at most as many"
        )


def _compared(
    studio: Studio, validation: Pack, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Samples, as many held-out images, and the latter's rows in their pack.

    Raises:
        UserError: there is no held-out image.
    """
    import numpy as np

    from ..evaluate.reals import read_codes
    from ..sample.sampler import generate

    if not len(validation):
        raise UserError(
            f"{validation.path}: holds no images to compare with. Raise normalize.validation in "
            "params.yaml and run the pipeline again."
        )
    count = min(count, len(validation))
    rows = np.random.default_rng(studio.seed).permutation(len(validation))[:count]
    return generate(studio.generator, studio.latents(count)), read_codes(validation, rows), rows


def _search(
    space: str, sets: list[np.ndarray], train: Pack, nearest: int, studio: Studio
) -> tuple[Nearest, Nearest]:
    """Both sets in one pass over the training images, all as scores see them."""
    import numpy as np

    from ..data.alpha import composited
    from ..evaluate.neighbors import nearest_features, nearest_pixels
    from ..evaluate.reals import Reals

    with Reals(train.path) as reals:
        queries = composited(np.concatenate(sets), reals.background)
        if space == "pixels":
            found = nearest_pixels(queries, reals, nearest)
        else:
            found = nearest_features(queries, reals, nearest, studio.device.device)
    return found.part(0, len(sets[0])), found.part(len(sets[0]), len(queries))


def _sheet(
    space: str,
    samples: np.ndarray,
    held_out: np.ndarray,
    held_out_rows: np.ndarray,
    found: tuple[Nearest, Nearest],
    train: Pack,
    rows: int,
) -> Image:
    from ..evaluate.neighbor_sheet import Group, neighbor_sheet

    title = (
        f"Framed: samples, then held-out images, of {len(samples)} each: nearest to any training "
        f"image first, last the farthest.\nBeside each, its nearest training images by {space}, "
        "with their distances."
    )
    groups = [
        Group("sample", samples, range(len(samples)), found[0]),
        Group("held-out", held_out, held_out_rows.tolist(), found[1]),
    ]
    return neighbor_sheet(groups, train, rows, title)


def _line(space: str, figures: dict) -> str:
    ratio = figures["ratio_of_medians"]
    return (
        f"{space}: median distance to the nearest training image {figures['samples']['median']:.4g}"
        f" for samples, {figures['held_out']['median']:.4g} for held-out images; ratio "
        + (f"{ratio:.2f}" if ratio is not None else "undefined")
    )
