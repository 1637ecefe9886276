"""``dcgan film``: a training as a film, as WebP, MP4 or GIF."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..device import add_device_option, require, resolve
from ..errors import UserError
from ..terminal import say
from .common import HelpFormatter
from .snapshots import results_folder
from .values import to_path, to_size, whole

TEACH = """\
examples:
  dcgan film                             results/SIZE/training.webp
  dcgan film --format mp4 --rows 3 --columns 5 --frame-ms 500
  dcgan film results/64 --out early.mp4

shows the same latents in every snapshot, first to last, as training.gif of the gif stage does, but
enlarged and, unless it is a gif, in all colours. Look for images that keep their subject while it
gets clearer: one that is another at every snapshot has not settled, and more training may help.
Images that grow alike tell of collapse. mp4 needs the package av: pip install av.
"""
FORMATS = ("webp", "mp4", "gif")
ROWS = COLUMNS = 6
FRAME_MS = 250
HOLD_LAST = 6
"""These four as params.yaml ships them for the gif stage."""
MOST_CELLS = 256
"""As many as a run keeps latents."""


def add_parser(subparsers) -> None:
    """Add ``dcgan film``."""
    parser = subparsers.add_parser(
        "film",
        help="the film of a training as WebP, MP4 or GIF",
        description="The same latents through every snapshot of a training, as a film.",
        epilog=TEACH,
        formatter_class=HelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "results",
        nargs="?",
        type=to_path,
        metavar="RESULTS",
        help="the results of one size, or a run's folder (default: results/SIZE)",
    )
    parser.add_argument(
        "--size", type=to_size, help="SIZE of the default results, when there are several"
    )
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help="default: what --out ends in, else webp; mp4 needs the package av",
    )
    cells = whole(1, MOST_CELLS)
    parser.add_argument("--rows", type=cells, default=ROWS, help=f"default: {ROWS}")
    parser.add_argument("--columns", type=cells, default=COLUMNS, help=f"default: {COLUMNS}")
    parser.add_argument(
        "--frame-ms",
        type=whole(20, 10_000),
        default=FRAME_MS,
        metavar="MS",
        help=f"how long a frame is shown, in milliseconds (default: {FRAME_MS})",
    )
    parser.add_argument(
        "--hold-last",
        type=whole(1, 60),
        default=HOLD_LAST,
        metavar="N",
        help=f"the last frame stays N times as long (default: {HOLD_LAST})",
    )
    parser.add_argument(
        "--out",
        type=to_path,
        metavar="FILE",
        help="default: RESULTS/training.webp or .mp4; of a gif RESULTS/latent/training.gif",
    )
    add_device_option(parser)


def run(arguments: argparse.Namespace) -> None:
    """Write the film.

    Raises:
        UserError: no such results, snapshots that are not of one run, more cells than latents, a
            format that contradicts the file's name, or a file that a stage writes.
    """
    form = _format(arguments.format, arguments.out)
    folder = results_folder(arguments.results, arguments.size)
    target = arguments.out or folder / ("latent" if form == "gif" else "") / f"training.{form}"
    # Before the work, which may take long.
    require(arguments.device)
    _check_target(target)
    from ..sample.captions import enlarge
    from ..sample.film_files import require_av, write_film
    from ..sample.grid import sheet
    from ..sample.show import training_images

    if form == "mp4":
        require_av()
    rows, columns = arguments.rows, arguments.columns
    device = resolve(arguments.device)
    frames = [
        sheet(enlarge(images), rows, columns)
        for images in training_images(folder / "snapshots", rows, columns, device)
    ]
    write_film(target, frames, form, arguments.frame_ms, arguments.hold_last)
    say(target)


def _format(asked: str | None, out: Path | None) -> str:
    ending = out.suffix.lower().removeprefix(".") if out else ""
    if asked and ending and ending != asked:
        raise UserError(f"--format {asked} and --out {out}, which ends in .{ending}: choose one")
    if asked or not out:
        return asked or FORMATS[0]
    if ending not in FORMATS:
        listed = ", ".join(f".{form}" for form in FORMATS)
        raise UserError(f"--out {out}: ends in none of {listed}; name such a file, or add --format")
    return ending


def _check_target(target: Path) -> None:
    from ..files import check_replaceable
    from ..stages import STAGES

    check_replaceable(target, None)
    written = {
        Path(output.path).name
        for stage in STAGES.values()
        if stage.sized
        for output in stage.outputs.values()
    }
    # The name as typed and, of a link, the file that would be written through it.
    for path in (target.parent.resolve() / target.name, target.resolve()):
        if path.name in written and (path.parent / "snapshots").is_dir():
            raise UserError(f"{target}: is written by the pipeline; name another file with --out")
