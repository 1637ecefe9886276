"""Locks that a killed process cannot leave behind."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from ..errors import UserError
from ..files import refusal


def hold(path: Path) -> TextIO | None:
    """Take the lock ``path`` for as long as the returned file stays open.

    The kernel lets go of it when the process ends, however it ends.

    Returns:
        The open file, or None if another process holds the lock.

    Raises:
        UserError: the file system knows no locks, is full or may not be written.
        OSError: the system refuses for any other reason.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise refusal(error, path) or error from error
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        stream.close()
        return None
    except OSError as error:
        stream.close()
        raise UserError(
            f"{path}: its file system takes no locks ({error.strerror}), so that two runs could "
            "write over each other. Mount it with locks (Lustre: -o flock; NFS: not nolock), or "
            "move the project to another one."
        ) from error
    # Only for people who look who it is: a full disk has no room for it, and the lock holds.
    with suppress(OSError):
        os.ftruncate(stream.fileno(), 0)
        os.write(stream.fileno(), f"{os.getpid()}\n".encode())
    return stream
