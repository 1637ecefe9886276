"""dvc.lock after a kill: DVC writes it in place, and a half-written one stops every later command.

A copy of the last whole one lies in the state folder.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from ..files import writing
from .own_files import STATE

LOCK = "dvc.lock"
COPY = f"{STATE}/{LOCK}"


def remember(root: Path) -> None:
    """Keep a copy of dvc.lock, if there is one and it is whole."""
    lock = root / LOCK
    if lock.is_file() and whole(lock):
        with writing(root / COPY) as part:
            shutil.copyfile(lock, part)


def mend(root: Path) -> str | None:
    """Put a dvc.lock right that is not whole.

    Args:
        root: the project's root.

    Returns:
        What was done, in one line; None where nothing had to be.
    """
    lock, copy = root / LOCK, root / COPY
    if not lock.is_file() or (copy.is_file() and copy.read_bytes() == lock.read_bytes()):
        return None
    if whole(lock):
        return None
    aside = root / STATE / f"{LOCK}.damaged-{time.strftime('%Y%m%d-%H%M%S')}"
    aside.parent.mkdir(exist_ok=True)
    os.replace(lock, aside)
    told = f"{LOCK}: was cut short or damaged, and is now {aside.relative_to(root)}"
    if copy.is_file() and whole(copy):
        shutil.copyfile(copy, lock)
        return f"{told}; the last whole one is back."
    return f"{told}; it is written anew from what is up to date."


def whole(lock: Path) -> bool:
    """Whether DVC can read the file; also true where DVC is not installed."""
    try:
        from dvc.schema import COMPILED_LOCKFILE_SCHEMA
        from ruamel.yaml import YAML, YAMLError
        from voluptuous import Invalid
    except ImportError:
        return True
    try:
        COMPILED_LOCKFILE_SCHEMA(YAML(typ="safe", pure=True).load(lock.read_text("utf-8")))
    except (YAMLError, Invalid, UnicodeDecodeError):
        return False
    return True
