"""The rows that a training has measured, in a file that only grows.

The state names how much of the file belongs to it, so that saving costs the same at any length: of
the rows only the new ones are written.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from ...errors import UserError
from ...files import refusal

Tables = Mapping[str, list[dict]]
"""Rows by the name of their table. Each has its ``step``, greater than the row's before."""


class Journal:
    """Lines of JSON, each a table's name and a row of it.

    A training that went back writes the rows of those steps once more; on reading, a row takes the
    place of all earlier ones from its step on. What lies behind the saved end, whole lines or torn
    ones, comes from a run that was killed before it saved its state, and is written over.

    Args:
        path: the file; it need not be there yet.
    """

    def __init__(self, path: Path):
        self.path = path
        self._end = 0
        self._written: dict[str, int] = {}

    def cut(self, tables: Tables) -> None:
        """Take note that the training went back: rows that ``tables`` has lost may come anew."""
        for name, rows in tables.items():
            self._written[name] = min(self._written.get(name, 0), len(rows))

    def save(self, tables: Tables) -> dict:
        """Write the rows that are not in the file, so that no crash can lose them.

        Returns:
            What :meth:`load` takes; it is part of the training state.

        Raises:
            UserError: the disk is full, or the file cannot be written.
            OSError: the system refuses for any other reason.
        """
        if self._end and not (self.path.exists() and self.path.stat().st_size >= self._end):
            # Somebody removed it. All rows are in memory, too.
            self._end, self._written = 0, {}
        lines = [
            json.dumps([name, row]) + "\n"
            for name, rows in tables.items()
            for row in rows[self._written.get(name, 0) :]
        ]
        counts = {name: len(rows) for name, rows in tables.items()}
        if lines:
            try:
                self._end = self._write("".join(lines).encode())
            except OSError as error:
                raise refusal(error, self.path) or error from error
        self._written = dict(counts)
        return {"end": self._end, "counts": counts}

    def _write(self, content: bytes) -> int:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        with open(descriptor, "r+b") as stream:
            stream.seek(self._end)
            stream.write(content)
            stream.truncate()
            stream.flush()
            os.fsync(stream.fileno())
            return stream.tell()

    def load(self, state: dict) -> Tables:
        """Read the rows of a saved state.

        Args:
            state: what :meth:`save` returned.

        Raises:
            UserError: the file is missing, or is not the one that belongs to the state.
        """
        try:
            with self.path.open("rb") as stream:
                content = stream.read(state["end"])
            tables = _replayed(content, state["counts"])
        except (OSError, ValueError, KeyError, TypeError):
            tables = None
        if tables is None and not any(state["counts"].values()):
            tables = {name: [] for name in state["counts"]}
        if tables is None or any(
            len(rows) != state["counts"][name] for name, rows in tables.items()
        ):
            raise UserError(
                f"{self.path}: the rows of the training state beside it cannot be read. Delete "
                f"{self.path.parent} to train from the start."
            )
        self._end, self._written = state["end"], dict(state["counts"])
        return tables


def _replayed(content: bytes, counts: Mapping[str, int]) -> dict[str, list[dict]]:
    """The rows as they stood when the last one was written, and then no more than ``counts``."""
    tables: dict[str, list[dict]] = {name: [] for name in counts}
    for line in content.splitlines():
        name, row = json.loads(line)
        rows = tables[name]
        while rows and rows[-1]["step"] >= row["step"]:
            rows.pop()
        rows.append(row)
    return {name: rows[: counts[name]] for name, rows in tables.items()}
