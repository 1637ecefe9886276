"""``dcgan train``: run the pipeline, on photos that are looked at first or as params.yaml is."""

from __future__ import annotations

import argparse

from ..errors import Interrupted, UserError
from ..terminal import say
from .common import HelpFormatter
from .init import PARAMS, add_wishes, check_device, check_project, initialise, train_command
from .snapshots import RESULTS
from .values import to_path

PAGE = RESULTS / "summary" / "report.html"

TEACH = """\
examples:

  dcgan train ~/photos                     all of it: look, choose settings, train, score
  dcgan train ~/photos --images 100000     train longer than proposed
  dcgan train photos.zip --device gpu      on a GPU
  dcgan train ~/photos --dry-run           what would be done, and nothing is
  dcgan train                              run with params.yaml as it is

Ctrl-C stops it; the same command goes on where it was. "dcgan init --help" says more of the
choices. It runs: snakemake --profile cpu (or gpu, hpu)
"""


def add_parser(subparsers) -> None:
    """Add ``train``."""
    parser = subparsers.add_parser(
        "train",
        help="train on a folder of photos, or run with params.yaml as it is",
        description="Train on a folder of photos, or run with params.yaml as it is.",
        epilog=TEACH,
        formatter_class=HelpFormatter,
    )
    parser.set_defaults(run=_run)
    parser.add_argument(
        "photos",
        type=to_path,
        nargs="?",
        metavar="PHOTOS",
        help="a folder, a .zip or a .tar; without it params.yaml is taken as it is",
    )
    add_wishes(parser)


def _run(arguments: argparse.Namespace) -> None:
    check_project()
    if arguments.photos is None:
        _refuse_wishes(arguments)
    # Also where nothing is measured: the training is to run here.
    check_device(arguments.device, not arguments.dry_run)
    if arguments.photos is not None:
        initialise(arguments)
        if arguments.dry_run:
            return
        say("")
    from ..params import load_params
    from ..process.engine import run_snakemake

    load_params(PARAMS)
    code, stopped = run_snakemake(arguments.device)
    if code and stopped:
        say(f"stopped; to go on: {train_command(arguments.device)}")
        raise Interrupted
    if code:
        raise UserError(
            f"snakemake ended with exit code {code}; what it said is above. What is done stays "
            f"done: mend the cause, then: {train_command(arguments.device)}"
        )
    for size in load_params(PARAMS).sizes:
        say(f"pictures: {RESULTS / size / 'samples.png'}")
        say(f"to explore: {RESULTS / size / 'explorer.html'}")
    say(f"the page: {PAGE}")


def _refuse_wishes(arguments: argparse.Namespace) -> None:
    """Refuse options that choose settings where none are chosen.

    Raises:
        UserError: there are such options.
    """
    names = ("size", "recipe", "images", "regime", "dry_run", "no_measure")
    given = [f"--{name.replace('_', '-')}" for name in names if getattr(arguments, name)]
    if given:
        raise UserError(
            f"{', '.join(given)}: without PHOTOS params.yaml is taken as it is. Name the folder of "
            "your photos, too, or change params.yaml."
        )
