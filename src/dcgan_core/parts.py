"""Where files are written before they get their names, and what killed processes left there."""

import errno
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TextIO

from .errors import UserError

LOCK = "lock"
PART = re.compile(r"\.(.+)\.part-[0-9a-f]+")
"""The name of a part; the group is that of its target."""


@contextmanager
def part_of(target: Path) -> Iterator[Path]:
    """Give a new hidden folder beside ``target``, ``.NAME.part-RANDOM``; remove it at the end.

    It lies on the target's file system, so that renaming out of it is atomic. What killed
    processes left of the same target is removed first.

    The name holds no process id and the owner is not looked up by one: containers and hosts that
    share the folder have the same ids, and one id comes back. Instead the owner holds a lock on a
    file in the folder. The kernel lets go of it when the process ends, however it ends, and tells
    other hosts, too. The locked file is one of our own since network file systems lock no folders.
    """
    sweep(target)
    folder, held = _new_part(target)
    try:
        yield folder
    finally:
        # Closed first: a network file system keeps an open file in the folder.
        if held is not None:
            held.close()
        # A clean-up that fails must not hide why the writing did; a later sweep removes the rest.
        shutil.rmtree(folder, ignore_errors=True)


def sweep(target: Path) -> None:
    """Remove the parts of ``target`` whose owners have ended."""
    names = re.compile(re.escape(f".{target.name}.part-") + "[0-9a-f]+")
    try:
        with os.scandir(target.parent) as entries:
            found = [Path(entry.path) for entry in entries if names.fullmatch(entry.name)]
    except OSError:
        # No such folder, or one that may not be read: then nothing can be written there either.
        return
    for part in found:
        # Another process may be at the same.
        with suppress(OSError):
            _sweep_one(part, target)


def is_abandoned(part: Path) -> bool:
    """Whether ``part`` is one whose owner has ended; nothing is changed."""
    if part.is_symlink() or not PART.fullmatch(part.name):
        return False
    if not (part / LOCK).is_file():
        # Versions before this one wrote files under such names, without a folder. A folder without
        # a lock may be one of a file system that knows none, and its owner at work.
        return part.is_file()
    try:
        held = _hold(part / LOCK)
    except OSError:
        return False
    if held is not None:
        held.close()
    return held is not None


def _sweep_one(part: Path, target: Path) -> None:
    if part.is_symlink():
        return
    if part.is_file():
        # Versions before this one wrote files under such names, without a folder.
        part.unlink()
        return
    held = _hold(part / LOCK)
    if held is None:
        return
    with closing(held):
        # Under another name first, so that an owner who has made the folder and not yet its lock
        # finds neither, and begins again.
        aside = _part_name(target)
        os.replace(part, aside)
    shutil.rmtree(aside, ignore_errors=True)


def _part_name(target: Path) -> Path:
    return target.with_name(f".{target.name}.part-{secrets.token_hex(4)}")


def _new_part(target: Path) -> tuple[Path, TextIO | None]:
    """A new part of ``target`` and its lock; no lock where the file system knows none.

    Raises:
        UserError: others sweep each new part away.
        FileExistsError: a file is where the target's folder should be.
        FileNotFoundError: the target's folder has gone.
        OSError: the system refuses for another reason.
    """
    for _ in range(100):
        folder = _part_name(target)
        try:
            folder.mkdir()
            held = _hold(folder / LOCK)
        except (FileExistsError, FileNotFoundError):
            if not target.parent.is_dir():
                raise
            # Swept away before it had its lock.
            continue
        except OSError as error:
            if _no_locks(error):
                return folder, None
            shutil.rmtree(folder, ignore_errors=True)
            raise
        if held is not None:
            return folder, held
    raise UserError(f"{target}: too many processes write it at once; run one at a time")


def _hold(path: Path) -> TextIO | None:
    """The lock file, held as long as it stays open; None if another holds it or had it before.

    Raises:
        OSError: the file cannot be made or locked.
    """
    stream = path.open("a", encoding="utf-8")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Between opening and locking another may have held it, and swept it away.
        if os.path.samestat(os.fstat(stream.fileno()), path.stat()):
            return stream
        stream.close()
        return None
    except (BlockingIOError, FileNotFoundError):
        stream.close()
        return None
    except OSError:
        stream.close()
        raise


def _no_locks(error: OSError) -> bool:
    return error.errno in (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL)
