"""What all charts share: their look, how a table is read, how a file is written."""

import csv
from contextlib import AbstractContextManager
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from ...files import writing

# So that the same numbers give the same file.
METADATA = {"Software": None}


def styled() -> AbstractContextManager[None]:
    """The charts' look, for all that is drawn and written inside."""
    return plt.rc_context(
        {
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.alpha": 0.3,
            "legend.frameon": False,
            "font.size": 10,
            "figure.dpi": 120,
        }
    )


def columns(path: Path) -> dict[str, list[str]]:
    """A CSV table's columns by name, as text."""
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return {name: [row[name] for row in rows] for name in rows[0]}


def numbers(texts: list[str]) -> list[float]:
    """A column of numbers."""
    return [float(text) for text in texts]


def save(figure: plt.Figure, target: Path) -> None:
    """Write the figure as PNG, atomically, and close it."""
    with writing(target) as part:
        figure.savefig(part, format="png", metadata=METADATA, bbox_inches="tight")
    plt.close(figure)
