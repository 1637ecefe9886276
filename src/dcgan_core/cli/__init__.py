"""The ``dcgan`` command, for people; the pipeline's stages do without it.

Each sub-command is a module of this package, listed in COMMANDS, with a function
``add_parser(subparsers)`` that sets ``run``, a function of the parsed arguments. Modules import
torch, and whatever does, inside functions, so that ``--help`` answers at once.
"""

import argparse
import logging
import sys
from collections.abc import Sequence

from .. import __version__
from ..errors import Interrupted, UserError
from ..terminal import Formatter, Parser
from . import (
    arithmetic,
    circle,
    clean,
    compare,
    doctor,
    export,
    film,
    init,
    interpolate,
    neighbors,
    project,
    recipe,
    sample,
    train,
    verify,
)
from .common import HelpFormatter
from .completion import complete_if_asked

log = logging.getLogger("dcgan")

COMMANDS = (
    init,
    train,
    sample,
    interpolate,
    circle,
    film,
    arithmetic,
    neighbors,
    project,
    export,
    compare,
    recipe,
    verify,
    clean,
    doctor,
)

EPILOG = """\
Run it from the project's folder. Examples to begin with:

  dcgan train ~/photos         train on a folder of photos
  dcgan sample                 numbered samples of the best snapshot

"dcgan COMMAND --help" teaches each command by an example.
"""


class CommandParser(Parser):
    """A parser that knows ``--debug``; so do those of its sub-commands, which are of its class."""

    def __init__(self, *arguments, **settings):
        super().__init__(*arguments, **settings)
        # Without a default, or a sub-command's would take back what was said before its name.
        self.add_argument(
            "--debug",
            action="store_true",
            default=argparse.SUPPRESS,
            help="with an error also show where in the program it arose",
        )


def build_parser() -> argparse.ArgumentParser:
    """The parser of ``dcgan`` with all sub-commands."""
    parser = CommandParser(
        prog="dcgan",
        description="Train on photos of yours; look at what a generator has learned, at runs side "
        "by side, at recipes, at results and at this machine.",
        epilog=EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.add_argument("-V", "--version", action="version", version=f"dcgan {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line.

    Returns:
        The exit code: 0, or 1 after one line that says what is wrong and how to mend it, or
        130 after Ctrl-C. A command line that cannot be parsed exits with 2, as argparse does.
    """
    parser = build_parser()
    complete_if_asked(parser)
    arguments = parser.parse_args(argv)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Formatter("%(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    try:
        arguments.run(arguments)
    except UserError as error:
        if getattr(arguments, "debug", False):
            log.error("where it arose:", exc_info=error)
        print(f"dcgan: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, Interrupted):
        print("dcgan: stopped; nothing half-written was left behind", file=sys.stderr)
        return Interrupted.exit_code
    return 0
