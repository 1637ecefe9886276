"""``python -m dcgan_core`` is the ``dcgan`` command."""

import sys

from .process.garbage import collect_seldom
from .process.spinning import wait_briefly


def run() -> int:
    """The command in a process of its own; as :func:`~.cli.main`."""
    # Before all that the commands load.
    collect_seldom()
    wait_briefly()
    from .cli import main

    return main()


if __name__ == "__main__":
    sys.exit(run())
