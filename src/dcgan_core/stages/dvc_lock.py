"""dvc.lock after a kill: DVC writes it in place, and a half-written one stops every later command.

A copy of the last whole one lies in the state folder. What a run loses by going back to it, DVC
finds again in its cache of runs.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import time
from contextlib import suppress
from pathlib import Path

from ..files import writing
from .own_files import STATE

LOCK = "dvc.lock"
COPY = f"{STATE}/{LOCK}"
UNRECORDED = Path(STATE, "unrecorded")
"""Is there while a stage has been run by Snakemake and DVC was not told yet."""
READERS = ".dvc/tmp/rwlock"
"""Who reads and writes what; DVC writes this in place, too, and makes it anew where it is gone."""
SHELLS = ("sh", "ash", "bash", "dash", "fish", "ksh", "zsh")


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
    readers = root / READERS
    if readers.is_file() and not _is_json(readers):
        readers.unlink()
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


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return False
    return True


def dvc_at_work() -> int | None:
    """The process id of the DVC that runs this stage; None if none does, or this is not Linux."""
    if "DVC_STAGE" not in os.environ or not hasattr(os, "pidfd_open"):
        return None
    process = os.getppid()
    for _ in range(3):
        try:
            name, _, rest = Path(f"/proc/{process}/stat").read_text().rpartition(")")
        except OSError:
            return None
        if name.partition("(")[2] not in SHELLS:
            return process if process > 1 else None
        process = int(rest.split()[1])
    return None


def watch(root: Path, process: int) -> None:
    """Wait for the end of a DVC, and put right what it left half-written if it was killed.

    The next ``dvc`` could not: it refuses the file before it runs anything of this project.

    Args:
        root: the project's root.
        process: DVC's process id.
    """
    # Before DVC writes anything; this also imports what the check needs, so that it is quick later.
    remember(root)
    # It may have ended already.
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(process)
        select.select([descriptor], [], [])
        os.close(descriptor)
    if root.is_dir() and not mend(root):
        remember(root)
