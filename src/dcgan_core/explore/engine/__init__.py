"""JavaScript that runs a generator's operations, draws latents and writes GIFs.

Plain functions without a page around them: the page, its workers and Node run the same text.
"""

from __future__ import annotations

from pathlib import Path

FILES = ("numbers", "weights", "layers", "codes", "gif", "worker")
"""In the order that they are joined in."""


def engine() -> str:
    """All of it as one script."""
    folder = Path(__file__).parent
    return "\n".join((folder / f"{name}.js").read_text(encoding="utf-8") for name in FILES)
