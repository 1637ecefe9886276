"""The history of a training: one CSV row every so many steps."""

import csv
import itertools
import time
from collections.abc import Mapping
from pathlib import Path

from ...files import writing
from ..position import Position

COLUMNS = (
    "step",
    "epoch",
    "images",
    "seconds",
    "loss_d",
    "loss_g",
    "d_x",
    "d_g_z1",
    "d_g_z2",
    "grad_norm_d",
    "grad_norm_g",
    "img_per_s",
)


class Throughput:
    """Images a second since it was last read.

    It counts work, not positions: steps that a rollback undoes were work too.
    """

    def __init__(self) -> None:
        self._images, self._since = 0, time.monotonic()

    def count(self, images: int) -> None:
        """Add ``images`` that were trained on."""
        self._images += images

    def read(self) -> float:
        """Images a second since the last call, 0 or more."""
        now = time.monotonic()
        rate = self._images / max(now - self._since, 1e-9)
        self._images, self._since = 0, now
        return rate


class History:
    """Rows in memory, kept in the training's journal and written out as CSV."""

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []

    def append(self, position: Position, statistics: Mapping[str, float], rate: float) -> dict:
        """Add a row for the step just done, and return it; its keys are ``COLUMNS``.

        Args:
            position: after that step.
            statistics: those columns that the networks give.
            rate: images a second.
        """
        row = {
            "step": position.step,
            "epoch": position.epoch_of(position.step),
            "images": position.images,
            "seconds": position.seconds,
            "img_per_s": rate,
            **statistics,
        }
        self.rows.append({column: row[column] for column in COLUMNS})
        return self.rows[-1]

    def load_rows(self, rows: list[dict[str, float]]) -> None:
        """Take up the rows of a saved state.

        Raises:
            ValueError: a row has other keys than ``COLUMNS``, or other values than numbers.
        """
        for place, row in enumerate(rows):
            if tuple(row) != COLUMNS or {*map(type, row.values())} - {int, float}:
                raise ValueError(f"history[{place}] is no row of this program")
        self.rows = rows

    def losses_since(self, step: int) -> list[float]:
        """Loss_G in the rows of later steps."""
        # From the end, so that the last round's cost no more the longer the training is.
        later = itertools.takewhile(lambda row: row["step"] > step, reversed(self.rows))
        return [row["loss_g"] for row in later][::-1]

    def state_dict(self) -> dict:
        """All that resuming needs beside the rows themselves."""
        return {"rows": len(self.rows)}

    def load_state_dict(self, state: dict) -> None:
        """Take up a saved state: later rows are dropped."""
        del self.rows[state["rows"] :]

    def write(self, target: Path) -> None:
        """Write all rows as CSV with a header, atomically."""
        with writing(target) as part, part.open("w", newline="", encoding="utf-8") as stream:
            table = csv.writer(stream)
            table.writerow(COLUMNS)
            table.writerows([_text(row[column]) for column in COLUMNS] for row in self.rows)


def _text(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.6g}"
