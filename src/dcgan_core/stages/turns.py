"""One process at a time at a stage, also when a killed engine left its script at work."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..process.locks import hold
from .own_files import STATE
from .table import Stage, stage_name

log = logging.getLogger("dcgan")

LOOK_EVERY = 0.1
"""Seconds between two looks at whether the other process has ended."""


def turn_file(stage: Stage, size: str | None, root: Path | str = ".") -> Path:
    """Whose lock the process at a stage holds."""
    return Path(root) / STATE / "turns" / stage_name(stage, size)


@contextmanager
def turn(stage: Stage, size: str | None, root: Path | str = ".") -> Iterator[bool]:
    """Hold the stage for as long as the block runs; wait before it for whoever holds it.

    Args:
        stage: the stage that is about to run.
        size: of a stage that runs once for each size.
        root: the project's root.

    Yields:
        Whether another process had to be waited for, which may have made everything.

    Raises:
        UserError: the file system knows no locks.
    """
    name = stage_name(stage, size)
    path = turn_file(stage, size, root)
    waited = False
    while (lock := hold(path)) is None:
        if not waited:
            waited = True
            log.info(
                "%s: process %s is at this stage, perhaps left by an engine that was killed; "
                "waiting for its end (or end it: kill %s)",
                name,
                *[path.read_text(encoding="utf-8").strip() or "?"] * 2,
            )
        time.sleep(LOOK_EVERY)
    with lock:
        yield waited
