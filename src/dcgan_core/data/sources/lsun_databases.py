"""Pictures out of LSUN's databases, read by a process of their own.

LMDB maps its file into memory. Where that file is cut short, the kernel ends whoever reads there
(SIGBUS), and no exception tells of it.
"""

from __future__ import annotations

import multiprocessing
import re
import signal
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

from ...errors import UserError
from ...optional import require
from ...process.pool import start_worker

NEEDED_BY = "download.source: lsun with a database"
DATABASE = "data.mdb"
# Far more than one picture takes, also from a slow disk with a million others to pass over.
PATIENCE_SECONDS = 600
# The head of an entry, one byte of its key and one of its content.
LEAST_ENTRY_BYTES = 10
LONGEST_KEY = 200
UNUSUAL = re.compile(r"[^\w.\-\ufffd]")


class Databases:
    """Several databases as one list of pictures.

    Args:
        places: folders with a ``data.mdb`` in each.

    Raises:
        UserError: a database is cut short or damaged, or lmdb is not installed.
    """

    def __init__(self, places: Sequence[Path]):
        # Here too, so that a missing package is told of before any process starts.
        require("lmdb", "lmdb", NEEDED_BY)
        context = multiprocessing.get_context("spawn")
        self._places, self._place = places, places[0]
        self._pipe, theirs = context.Pipe()
        arguments = (theirs, list(map(str, places)))
        self._reader = context.Process(target=_serve, args=arguments, daemon=True)
        self._reader.start()
        theirs.close()

    def __enter__(self) -> Databases:
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self._reader.kill()
        self._reader.join()

    def count(self) -> int:
        """How many pictures there are; asked for once, before they are read."""
        return self._hear()[1]

    def pictures(self, wanted: Sequence[int]) -> Iterator[tuple[Path, str, bytes]]:
        """The pictures of these numbers, in order, as (the database's place, key, content)."""
        self._pipe.send(wanted)
        while (heard := self._hear())[0] == "picture":
            yield (self._place, *heard[1])

    def _hear(self) -> tuple[str, Any]:
        """What the reader says next that is not about itself."""
        while True:
            try:
                if not self._pipe.poll(PATIENCE_SECONDS):
                    self._refuse(f"no picture came for {PATIENCE_SECONDS} seconds")
                kind, content = self._pipe.recv()
            except (EOFError, ConnectionError):
                self._reader.join()
                self._refuse(_death(self._reader.exitcode))
            if kind == "damaged":
                self._refuse(content)
            if kind != "place":
                return kind, content
            self._place = self._places[content]

    def _refuse(self, reason: str) -> NoReturn:
        raise UserError(
            f"{self._place / DATABASE}: not a whole LSUN database ({reason}). Unpack it again."
        ) from None


def _death(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"reading it ended by {signal.Signals(-exit_code).name}, as in a file cut short"
    return f"reading it ended with exit code {exit_code}"


def _serve(pipe: Connection, places: list[str]) -> None:
    """In the process apart: say how many pictures there are, hear which, and send those."""
    start_worker()
    lmdb = require("lmdb", "lmdb", NEEDED_BY)
    try:
        _send(pipe, lmdb, places)
    except (lmdb.Error, MemoryError, OverflowError, ValueError) as error:
        pipe.send(("damaged", str(error) or type(error).__name__))


def _name(key: bytes) -> str:
    """A file name; LSUN's keys are 40 hex digits.

    Raises:
        ValueError: the key is too long for one.
    """
    if len(key) > LONGEST_KEY:
        raise ValueError(f"a key of {len(key)} bytes")
    return UNUSUAL.sub("_", key.decode("ascii", "replace"))


def _send(pipe: Connection, lmdb: Any, places: list[str]) -> None:
    opened, counts = [], []
    for index, place in enumerate(places):
        pipe.send(("place", index))
        opened.append(lmdb.open(place, readonly=True, lock=False))
        counts.append(opened[-1].stat()["entries"])
        size = Path(place, DATABASE).stat().st_size
        if counts[-1] > size // LEAST_ENTRY_BYTES:
            raise ValueError(f"{counts[-1]} pictures in {size} bytes")
    pipe.send(("count", sum(counts)))
    wanted, first = set(pipe.recv()), 0
    for index, (database, count) in enumerate(zip(opened, counts, strict=True)):
        pipe.send(("place", index))
        found = 0
        with database, database.begin() as transaction:
            for key in transaction.cursor().iternext(values=False):
                if first + found in wanted:
                    pipe.send(("picture", (_name(key), bytes(transaction.get(key)))))
                found += 1
                if found > count:
                    break
        if found != count:
            raise ValueError(f"its head speaks of {count} pictures, and there are others")
        first += count
    pipe.send(("end", None))
