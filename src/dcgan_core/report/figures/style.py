"""What all charts share: their look, their tables' columns, how a file is written."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from ...files import writing
from ...tables import read_table

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


def columns(
    path: Path, numbers: Sequence[str], texts: Sequence[str] = (), in_order: str = "images"
) -> dict[str, list[Any]]:
    """A CSV table's columns by name; arguments and errors as for :func:`~...tables.read_table`."""
    rows = read_table(path, numbers, texts, in_order)
    return {name: [row[name] for row in rows] for name in rows[0]}


def save(figure: plt.Figure, target: Path) -> None:
    """Write the figure as PNG, atomically, and close it."""
    with writing(target) as part:
        figure.savefig(part, format="png", metadata=METADATA, bbox_inches="tight")
    plt.close(figure)
