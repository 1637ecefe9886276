"""How often Python looks for unreachable objects: seldom, in processes of a few seconds."""

import atexit
import gc

NEW_OBJECTS = 10_000
"""Containers made and not freed before the youngest are looked through; Python's own is 700."""


def collect_seldom() -> None:
    """Make the start and the end of a process cheaper.

    PyTorch alone brings half a million objects, all of which stay. Python would look through them
    again and again while they are loaded, and once more as the process ends. What is registered
    with ``atexit`` is still done, and the standard streams are written out; any other file has to
    be closed by who opened it.
    """
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
    # Registered first, so done last, when nothing is left to clean up but memory.
    atexit.register(gc.freeze)
