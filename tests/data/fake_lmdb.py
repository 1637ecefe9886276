"""As much of the lmdb package as LSUN needs, on a pickle: for machines without the real one.

A value ``SIGBUS`` stands for one behind the end of a file cut short: the reader is killed.
"""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Iterator
from pathlib import Path


class Error(Exception):
    """As lmdb.Error."""


class Environment:
    def __init__(self, file: Path, readonly: bool):
        self._file, self._readonly = file, readonly
        if not readonly and not file.exists():
            file.write_bytes(pickle.dumps({}))
        self._claimed = int(os.environ.get("FAKE_LMDB_CLAIMS", 0))
        try:
            self._entries: dict[bytes, bytes] = pickle.loads(file.read_bytes())
        except (OSError, pickle.UnpicklingError) as error:
            raise Error(f"{file.parent}: MDB_INVALID: File is not an LMDB file") from error

    def stat(self) -> dict[str, int]:
        return {"entries": self._claimed or len(self._entries)}

    def begin(self, write: bool = False) -> Environment:
        """The environment stands for its transaction and its cursor too."""
        if write and self._readonly:
            raise Error("Permission denied")
        return self

    cursor = begin

    def iternext(self, keys: bool = True, values: bool = True) -> Iterator:
        """In the order of the keys, as lmdb's trees are."""
        for key in sorted(self._entries):
            yield (key, self._entries[key]) if keys and values else key if keys else None

    def get(self, key: bytes) -> bytes | None:
        if self._entries.get(key) == b"SIGBUS":
            os.kill(os.getpid(), signal.SIGBUS)
        return self._entries.get(key)

    def put(self, key: bytes, value: bytes) -> None:
        self._entries[key] = value

    def __enter__(self) -> Environment:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._readonly:
            self._file.write_bytes(pickle.dumps(self._entries))


def open(path: str, readonly: bool = False, lock: bool = True) -> Environment:
    return Environment(Path(path) / "data.mdb", readonly)
