"""How much gradient reaches each layer, last and over the training."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from ...errors import UserError
from ...tables import REMEDY, read_table
from .style import save, styled

NETWORKS = (("discriminator", "D"), ("generator", "G"))
# Below any gradient that matters; a log axis cannot show 0 itself.
LOWEST = 1e-12


def read_flow(table: Path, network: str) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """One network's part of ``gradients.csv``.

    Returns:
        The L layers' names, input side first; steps S; mean |g| S×L; max |g| S×L.

    Raises:
        UserError: the table is missing or not whole, or has no row of that network.
    """
    numbers = ("step", "mean", "max")
    rows = [
        row for row in read_table(table, numbers, ["network", "layer"]) if row["network"] == network
    ]
    if not rows:
        raise UserError(f"{table}: no gradients of the {network}. {REMEDY}")
    layers = list(dict.fromkeys(str(row["layer"]) for row in rows))
    steps = list(dict.fromkeys(row["step"] for row in rows))
    looks = [(step, layer) for step in steps for layer in layers]
    if [(row["step"], str(row["layer"])) for row in rows] != looks:
        raise UserError(f"{table}: not every look has every layer of the {network}. {REMEDY}")
    if steps != sorted(steps):
        raise UserError(f"{table}: the steps are out of order. {REMEDY}")
    shape = (len(steps), len(layers))
    means, maxima = (
        np.array([row[key] for row in rows], dtype=float).reshape(shape) for key in ("mean", "max")
    )
    return layers, np.array(steps), means, maxima


def draw_flow(table: Path, target: Path, title: str) -> None:
    """Write ``flow_figure`` as PNG, atomically; it raises the same."""
    with styled():
        save(flow_figure(table, title), target)


def draw_flow_over_time(table: Path, target: Path, title: str) -> None:
    """Write ``flow_over_time_figure`` as PNG, atomically; it raises the same."""
    with styled():
        save(flow_over_time_figure(table, title), target)


def flow_figure(table: Path, title: str) -> plt.Figure:
    """Mean |g| and max |g| of every non-bias parameter as overlaid bars, D's above G's.

    Both are medians over the last tenth of the looks, so that one odd batch does not make the
    picture. A dead layer is a gap: log axis.

    Args:
        table: ``gradients.csv``.
        title: first words of the heading.

    Raises:
        UserError: the table is missing or not whole.
    """
    parts = [(short, *read_flow(table, network)) for network, short in NETWORKS]
    figure, axes = plt.subplots(2, 1, figsize=(9, 8))
    for axis, (short, layers, steps, means, maxima) in zip(axes, parts, strict=True):
        recent = slice(-max(1, len(steps) // 10), None)
        _bars(axis, layers, np.median(means[recent], 0), np.median(maxima[recent], 0))
        looked = steps[recent]
        when = f"steps {looked[0]}–{looked[-1]}" if len(looked) > 1 else f"step {looked[0]}"
        axis.set(title=f"{short}, {when}", ylabel="gradient magnitude |g|")
    axes[0].legend(ncols=2, loc="lower right", bbox_to_anchor=(1, 1))
    figure.suptitle(f"{title} · gradient flow, input side on the left")
    figure.tight_layout()
    return figure


def flow_over_time_figure(table: Path, title: str) -> plt.Figure:
    """Mean |g| of every non-bias parameter over the steps, D's above G's; log axis.

    Colours run from the input side (dark) to the output side (light); norms are dotted.

    Args:
        table: ``gradients.csv``.
        title: first words of the heading.

    Raises:
        UserError: the table is missing or not whole.
    """
    parts = [(short, *read_flow(table, network)) for network, short in NETWORKS]
    figure, axes = plt.subplots(2, 1, figsize=(9, 8), sharex=True)
    for axis, (short, layers, steps, means, _) in zip(axes, parts, strict=True):
        colours = plt.get_cmap("viridis")(np.linspace(0, 0.9, len(layers)))
        for layer, colour, line in zip(layers, colours, means.T, strict=True):
            shown = np.where(line > LOWEST, line, np.nan)
            style = ":" if "Norm" in layer else "-"
            axis.plot(steps, shown, style, color=colour, label=short_name(layer))
        axis.set(title=short, ylabel="mean |g|", yscale="log")
        axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=8)
    axes[-1].set(xlabel="step")
    figure.suptitle(f"{title} · mean gradient by layer, input side dark")
    figure.tight_layout()
    return figure


def _bars(axis: plt.Axes, layers: list[str], means: np.ndarray, maxima: np.ndarray) -> None:
    places = np.arange(len(layers))
    axis.bar(places, np.maximum(maxima, LOWEST), width=0.8, color="C0", alpha=0.35, label="max |g|")
    axis.bar(places, np.maximum(means, LOWEST), width=0.8, color="C0", label="mean |g|")
    axis.set_yscale("log")
    alive, highest = (values[np.isfinite(values) & (values > LOWEST)] for values in (means, maxima))
    if len(alive) and len(highest):
        axis.set_ylim(alive.min() / 5, 2 * highest.max())
    axis.set_xticks(places, [short_name(layer) for layer in layers], rotation=30, ha="right")
    axis.grid(False, axis="x")


def short_name(layer: str) -> str:
    """A layer's label as it fits under a bar.

    >>> short_name("layers.3 BatchNorm2d")
    '3 BatchNorm'
    """
    return layer.removeprefix("layers.").removesuffix("2d")
