"""``python -m dcgan_core`` is the ``dcgan`` command."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
