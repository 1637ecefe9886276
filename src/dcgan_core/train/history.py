"""The history of a training: one CSV row every so many steps."""

import csv
from pathlib import Path

from ..files import writing

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


class History:
    """Rows in memory, saved with the training state and written out as CSV."""

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []

    def append(self, row: dict[str, float]) -> None:
        """Add one row; its keys are ``COLUMNS``."""
        self.rows.append({column: row[column] for column in COLUMNS})

    def write(self, target: Path) -> None:
        """Write all rows as CSV with a header, atomically."""
        with writing(target) as part, part.open("w", newline="", encoding="utf-8") as stream:
            table = csv.writer(stream)
            table.writerow(COLUMNS)
            table.writerows([_text(row[column]) for column in COLUMNS] for row in self.rows)


def _text(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.6g}"
