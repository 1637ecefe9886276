"""One of a machine's devices for each job that runs on it alone."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..process.locks import hold
from . import device_class

CLAIMED = ("gpu",)
"""Devices that a process chooses by number. A Gaudi's bridge hands out a free one by itself."""


@contextmanager
def claimed(name: str, folder: Path) -> Iterator[int | None]:
    """Have :func:`~.resolve` give this process a device that no other claims meanwhile.

    Where all are claimed it gives the one that it would give without this.

    Args:
        name: of the device, as the profiles call it.
        folder: where claims of this machine and others are, as locks; it is made if need be.

    Yields:
        The device's number; None where there is no choice or none is free.

    Raises:
        UserError: locks cannot be taken there.
    """
    count = device_class(name).count() if name in CLAIMED else 1
    for number in range(count) if count > 1 else ():
        lock = hold(folder / f"{platform.node()}-{name}-{number}.lock")
        if lock is not None:
            with lock:
                device_class(name).take(number, count)
                yield number
            return
    yield None
