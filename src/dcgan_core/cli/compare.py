"""``dcgan compare``: experiments, revisions and folders of results, held against each other."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import UserError
from ..terminal import say
from .common import HelpFormatter
from .values import to_path, to_run, to_size

TEACH = """\
examples:

  dcgan compare main workspace             what a change has come to
  dcgan compare low high -o lr.html        two DVC experiments, into a page of that name
  dcgan compare HEAD~3 HEAD ../other       any number; each against the first

A run is "workspace" or ".", a folder (a project's, its results, or one like results/64), a DVC
experiment or a git revision, looked for in this order. Experiments and revisions need no checkout:
git has their dvc.lock, and DVC's cache the files. It prints a table and writes a page with settings
that differ, scores with intervals, learning curves, and samples of the same latents.

A score is better or worse where the difference is larger than chance, else undecided. Scores of
other protocols, or on other real images, do not compare, and the reason is told.
"""
PAGE = Path("compare.html")


def add_parser(subparsers) -> None:
    """Add ``compare``."""
    parser = subparsers.add_parser(
        "compare",
        help="which of several runs is better, and what differs between them",
        description="Which of several runs is better, and what differs between them.",
        epilog=TEACH,
        formatter_class=HelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("first", type=to_run, metavar="A", help="what the others are held against")
    parser.add_argument("others", type=to_run, metavar="B", nargs="+", help="one run or more")
    parser.add_argument(
        "--size", type=to_size, help="only this one of the sizes that all runs have"
    )
    parser.add_argument(
        "-o", "--out", type=to_path, default=PAGE, help=f"the page to write (default: {PAGE})"
    )


def run(arguments: argparse.Namespace) -> None:
    """Print the table and write the page.

    Raises:
        UserError: a run is named twice or is not there, or the page's name is a folder's.
    """
    names = [arguments.first, *arguments.others]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UserError(f"{twice}: is named twice; name another run")
    if arguments.out.is_dir():
        raise UserError(f"--out {arguments.out}: is a folder; name a file in it")
    from ..files import writing
    from ..report.compare.runs import common_sizes, places, read_place

    with places(names, Path()) as found:
        sizes = {
            size: [read_place(place, size) for place in found]
            for size in common_sizes(found, arguments.size)
        }
        # Drawing takes half a second to load: not before it is known that there are runs.
        from ..report.compare.page import compare_page
        from ..report.compare.text import comparison_lines

        for size, runs in sizes.items():
            say(*comparison_lines(size, runs))
        page = compare_page(sizes)
    with writing(arguments.out) as part:
        part.write_text(page, encoding="utf-8")
    say(arguments.out)
