"""Line figures of a run: losses, log-likelihood, fidelity."""

import csv
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from ..files import writing

STYLE = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "legend.frameon": False,
    "font.size": 10,
    "figure.dpi": 120,
}
# So that the same numbers give the same file.
METADATA = {"Software": None}


def _columns(path: Path) -> dict[str, list[str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return {name: [row[name] for row in rows] for name in rows[0]}


def _numbers(texts: list[str]) -> list[float]:
    return [float(text) for text in texts]


def _save(figure: plt.Figure, target: Path) -> None:
    with writing(target) as part:
        figure.savefig(part, format="png", metadata=METADATA, bbox_inches="tight")
    plt.close(figure)


def draw_history(table: Path, target: Path, title: str) -> None:
    """Losses above, D's outputs below, over real images seen; with the ideal equilibrium marked."""
    columns = {name: _numbers(values) for name, values in _columns(table).items()}
    with plt.rc_context(STYLE):
        figure, (losses, outputs) = plt.subplots(2, 1, figsize=(8, 6), sharex=True)
        losses.plot(columns["images"], columns["loss_d"], label="Loss_D", linewidth=0.9)
        losses.plot(columns["images"], columns["loss_g"], label="Loss_G", linewidth=0.9)
        losses.axhline(1.386, color="C0", linestyle=":", linewidth=1, label="equilibrium 1.386")
        losses.axhline(0.693, color="C1", linestyle=":", linewidth=1, label="equilibrium .693")
        losses.set(ylabel="loss", title=title)
        losses.legend(ncols=2)
        for name, label in (("d_x", "D(x)"), ("d_g_z1", "D(G(z)) before"), ("d_g_z2", "after")):
            outputs.plot(columns["images"], columns[name], label=label, linewidth=0.9)
        outputs.axhline(0.5, color="grey", linestyle=":", linewidth=1)
        outputs.set(xlabel="real images seen", ylabel="D's mean output", ylim=(0, 1))
        outputs.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
        _save(figure, target)


def draw_parzen(table: Path, target: Path, title: str) -> None:
    """Mean test log-likelihood over epochs, with its standard error; higher is better."""
    columns = _columns(table)
    epochs = _numbers(columns["epoch"])
    means, errors = _numbers(columns["log_likelihood"]), _numbers(columns["standard_error"])
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(8, 4))
        axis.errorbar(epochs, means, yerr=errors, marker="o", capsize=3)
        counts = f"{columns['n_centers'][0]} centres, {columns['n_test'][0]} test images"
        data = f"D = {columns['dimension'][0]}, pixels in {columns['scale'][0]}"
        axis.set(
            xlabel="epoch",
            ylabel="log-likelihood, nats (higher is better)",
            title=f"{title}\n{data}, {counts}",
        )
        _save(figure, target)


def draw_fidelity(table: Path, target: Path, title: str) -> None:
    """Distances on the left (lower is better), shares on the right (higher is better)."""
    columns = _columns(table)
    epochs = _numbers(columns["epoch"])
    with plt.rc_context(STYLE):
        figure, (distances, shares) = plt.subplots(1, 2, figsize=(11, 4))
        distances.plot(epochs, _numbers(columns["fd"]), marker="o", label="Fréchet distance")
        distances.set(xlabel="epoch", ylabel="Fréchet distance (lower is better)", ylim=(0, None))
        kernel = distances.twinx()
        kernel.plot(epochs, _numbers(columns["kid"]), marker="s", color="C1", label="KID")
        kernel.set(ylabel="kernel distance", ylim=(0, None))
        kernel.grid(False)
        kernel.spines["right"].set_visible(True)
        lines = [*distances.get_lines(), *kernel.get_lines()]
        distances.legend(lines, [line.get_label() for line in lines])
        highest = 0.1
        for name in ("precision", "recall", "density", "coverage"):
            values = _numbers(columns[name])
            shares.plot(epochs, values, marker="o", label=name)
            highest = max(highest, 1.05 * max(values))
        shares.set(xlabel="epoch", ylabel="share (higher is better)", ylim=(0, highest))
        shares.legend()
        figure.suptitle(
            f"{title} · {columns['extractor'][0]} features, {columns['n_fake'][0]} generated, "
            f"{columns['n_real'][0]} real ({columns['split'][0]})"
        )
        figure.tight_layout()
        _save(figure, target)
