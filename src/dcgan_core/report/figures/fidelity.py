"""The scores of each snapshot against real images."""

import math
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt

from ...evaluate.metrics import METRICS, names_of_kind
from .style import columns, save, styled

MARKERS = "osv^Dx"


def draw_fidelity(table: Path, target: Path, title: str) -> None:
    """Distances on the left (lower is better), shares on the right (higher is better).

    Args:
        table: ``fidelity.csv``.
        target: the PNG to write.
        title: first words of the heading; extractor and counts follow.

    Raises:
        UserError: the table is missing or not whole.
    """
    column = columns(table, [*METRICS, "n_fake", "n_real"], ["extractor", "split"])
    with styled():
        figure, (distances, shares) = plt.subplots(1, 2, figsize=(11, 4))
        _draw_distances(distances, column)
        _draw_shares(shares, column)
        figure.suptitle(
            f"{title} · {column['extractor'][0]} features, {column['n_fake'][0]} generated, "
            f"{column['n_real'][0]} real ({column['split'][0]})"
        )
        figure.tight_layout()
        save(figure, target)


def _draw_distances(first: plt.Axes, column: dict[str, list[Any]]) -> None:
    """Each distance on a scale of its own: the first on the left, the others on the right."""
    seen, lines = column["images"], []
    for place, name in enumerate(names_of_kind("distance")):
        metric = METRICS[name]
        axis = first.twinx() if place else first
        marker = MARKERS[place % len(MARKERS)]
        values = column[name]
        lines += axis.plot(seen, values, marker=marker, color=f"C{place}", label=metric.label)
        axis.set(ylabel=metric.axis_label or metric.label)
        _begin_at_zero(axis, values, color=f"C{place}")
        if place:
            axis.grid(False)
            axis.spines["right"].set_visible(True)
            axis.spines["right"].set_position(("axes", 1 + 0.25 * (place - 1)))
    first.set(xlabel="real images seen", ylabel=f"{first.get_ylabel()} (lower is better)")
    first.legend(lines, [str(line.get_label()) for line in lines])


def _begin_at_zero(axis: plt.Axes, values: list[float], color: str) -> None:
    """Let an axis begin at 0; where values lie below it, as KID's may, let it show them and 0."""
    if any(value < 0 for value in values):
        axis.axhline(0, color=color, linestyle=":", linewidth=1)
    else:
        axis.set_ylim(0, None)


def _draw_shares(axis: plt.Axes, column: dict[str, list[Any]]) -> None:
    seen, highest = column["images"], 0.1
    for name in names_of_kind("share"):
        values = column[name]
        axis.plot(seen, values, marker="o", label=METRICS[name].label)
        highest = max([highest, *(1.05 * value for value in values if math.isfinite(value))])
    axis.set(xlabel="real images seen", ylabel="share (higher is better)", ylim=(0, highest))
    axis.legend()
