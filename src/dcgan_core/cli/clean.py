"""``dcgan clean``: what may go from a project, and how much space that gives."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..terminal import say
from .common import HelpFormatter
from .init import PARAMS, check_project

TEACH = """\
examples:
  dcgan clean              what may go, why, and how large it is; nothing is deleted
  dcgan clean --delete     delete it

It looks for caches, stopped trainings of other settings, and what killed processes left. Results,
data and photos stay, and so does a stopped training of the present settings, which the next run
goes on from. DVC's cache, with the results of other settings, is DVC's: dvc gc --help
"""


def add_parser(subparsers) -> None:
    """Add ``dcgan clean``."""
    parser = subparsers.add_parser(
        "clean",
        help="list what no result needs, and delete it if asked to",
        description="List what no result needs: caches, and what runs left behind.",
        epilog=TEACH,
        formatter_class=HelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("--delete", action="store_true", help="delete what is listed")


def run(arguments: argparse.Namespace) -> None:
    """List what may go and, with ``--delete``, delete it.

    Raises:
        UserError: no project here, or something is to be deleted while a run is at work.
    """
    check_project()
    from ..files import in_words
    from ..params import load_params
    from ..stages.leftovers import Leftover, delete, leftovers, nobody_at_work

    params, root = load_params(PARAMS), Path()

    def tell(found: list[Leftover]) -> str:
        say(*(f"{in_words(one.bytes):>12}  {one.path}: {one.reason}" for one in found))
        return in_words(sum(one.bytes for one in found))

    if not arguments.delete:
        if found := leftovers(params, root):
            say(f"{tell(found):>12}  in all. Nothing was deleted; to do so: dcgan clean --delete")
        else:
            say("nothing to delete")
        return
    with nobody_at_work(params, root):
        found = leftovers(params, root)
        total = tell(found) if found else in_words(0)
        delete(found, root)
    say(f"{total:>12}  deleted" if found else "nothing to delete")
