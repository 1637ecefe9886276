"""Patience with a server: what it sends is read in a thread, so that waiting has an end.

The time limits of a network library hold for each piece that arrives. A server that sends one byte
now and then, of its headers or of the file, would keep them for ever.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator
from typing import TypeVar

Item = TypeVar("Item")

SECONDS = 60.0
"""The longest that anyone waits for the next item."""
LOOK_EVERY = 0.5
READ_AHEAD = 2


class TooSlow(Exception):
    """The next item did not come in time."""


def patiently(items: Generator[Item, None, None]) -> Generator[Item, None, None]:
    """Yield ``items``, which another thread makes; close it when nobody asks for more.

    Raises:
        TooSlow: nothing came for so long. The thread is left to itself and ends with the process.
    """
    handed: queue.Queue[tuple[str, Item | BaseException | None]] = queue.Queue(READ_AHEAD)
    given_up = threading.Event()
    threading.Thread(target=_hand_over, args=(items, handed, given_up), daemon=True).start()
    try:
        while True:
            try:
                kind, content = handed.get(timeout=SECONDS)
            except queue.Empty:
                raise TooSlow(f"next to nothing came for {SECONDS:.0f} seconds") from None
            if kind == "end":
                return
            if isinstance(content, BaseException):
                raise content
            yield content  # type: ignore[misc]
    finally:
        given_up.set()


def _hand_over(
    items: Generator[Item, None, None], handed: queue.Queue, given_up: threading.Event
) -> None:
    try:
        for item in items:
            if not _put(("item", item), handed, given_up):
                break
        else:
            _put(("end", None), handed, given_up)
    except BaseException as error:
        _put(("error", error), handed, given_up)
    finally:
        items.close()


def _put(entry: tuple, handed: queue.Queue, given_up: threading.Event) -> bool:
    while not given_up.is_set():
        try:
            handed.put(entry, timeout=LOOK_EVERY)
            return True
        except queue.Full:
            continue
    return False
