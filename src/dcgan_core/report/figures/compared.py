"""The curves of several runs in one picture."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib.pyplot as plt

from ...evaluate.metrics import METRICS
from .style import columns, save, styled

SCORES = ("coverage", "kid")
LOSSES = (("loss_d", "Loss_D"), ("loss_g", "Loss_G"))
SIZE = (11, 4)


def draw_scores(runs: Mapping[str, Path], target: Path) -> None:
    """Coverage and KID of every snapshot over real images seen, with their intervals.

    Args:
        runs: the results folder of each, by the name that the legend gives it.
        target: the PNG to write.

    Raises:
        UserError: a table is missing or not whole.
    """
    wanted = [f"{name}{end}" for name in SCORES for end in ("", "_low", "_high")]
    tables = {
        name: columns(results / "fidelity.csv", wanted, in_order="images")
        for name, results in runs.items()
    }
    with styled():
        figure, axes = plt.subplots(1, len(SCORES), figsize=SIZE)
        for axis, score in zip(axes, SCORES, strict=True):
            for place, (name, table) in enumerate(tables.items()):
                images, colour = table["images"], f"C{place}"
                low, high = table[f"{score}_low"], table[f"{score}_high"]
                axis.plot(images, table[score], marker="o", color=colour, label=name)
                axis.fill_between(images, low, high, color=colour, alpha=0.15, linewidth=0)
            metric = METRICS[score]
            better = "lower" if metric.lower_is_better else "higher"
            axis.set(xlabel="real images seen", ylabel=f"{metric.label} ({better} is better)")
        axes[0].legend()
        figure.tight_layout()
        save(figure, target)


def draw_losses(runs: Mapping[str, Path], target: Path) -> None:
    """Loss_D and Loss_G over real images seen; arguments and errors as for ``draw_scores``."""
    tables = {
        name: columns(results / "history.csv", [loss for loss, _ in LOSSES], in_order="images")
        for name, results in runs.items()
    }
    with styled():
        figure, axes = plt.subplots(1, len(LOSSES), figsize=SIZE)
        for axis, (loss, label) in zip(axes, LOSSES, strict=True):
            for name, table in tables.items():
                axis.plot(table["images"], table[loss], label=name, linewidth=0.9)
            axis.set(xlabel="real images seen", ylabel=label)
        axes[0].legend()
        figure.tight_layout()
        save(figure, target)
