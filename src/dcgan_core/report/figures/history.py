"""Losses and the discriminator's outputs over the training."""

from pathlib import Path
from types import NoneType

import matplotlib.pyplot as plt

from ...records import check_keys, read_json
from .style import columns, save, styled

LOSSES = (("loss_d", "Loss_D"), ("loss_g", "Loss_G"))
OUTPUTS = (("d_x", "D(x)"), ("d_g_z1", "D(G(z)) before"), ("d_g_z2", "after"))


def draw_history(table: Path, run: Path, target: Path, title: str) -> None:
    """Write ``history_figure`` as PNG, atomically.

    Args:
        table: ``history.csv``.
        run: ``run.json``.
        target: the PNG to write.
        title: the heading.

    Raises:
        UserError: a file is missing or not whole.
    """
    record = read_json(run)
    levels = dict.fromkeys(("loss_d", "loss_g", "output"), (int, float, NoneType))
    optional = {f"equilibrium.{name}": kind for name, kind in levels.items()}
    check_keys(str(run), record, {}, {"equilibrium": dict, **optional})
    equilibrium = record.get("equilibrium", {})
    with styled():
        save(history_figure(table, equilibrium, title), target)


def history_figure(table: Path, equilibrium: dict[str, float | None], title: str) -> plt.Figure:
    """Losses above, D's outputs below, over real images seen; with the ideal equilibrium marked.

    Args:
        table: ``history.csv``.
        equilibrium: ``loss_d``, ``loss_g`` and ``output`` where the generator's images are as
            the real ones and D cannot tell them apart. Where one is None or left out, nothing
            is marked. D's outputs are probabilities where ``output`` is a number.
        title: the heading.

    Raises:
        UserError: the table is missing or not whole.
    """
    column = columns(table, [name for name, _ in (*LOSSES, *OUTPUTS)], in_order="images")
    images = column["images"]
    figure, (losses, outputs) = plt.subplots(2, 1, figsize=(8, 6), sharex=True)
    for name, label in LOSSES:
        losses.plot(images, column[name], label=label, linewidth=0.9)
    for place, (name, _) in enumerate(LOSSES):
        level = equilibrium.get(name)
        if level is not None:
            label = f"equilibrium {level:.3f}"
            losses.axhline(level, color=f"C{place}", linestyle=":", linewidth=1, label=label)
    losses.set(ylabel="loss", title=title)
    losses.legend(ncols=2)
    for name, label in OUTPUTS:
        outputs.plot(images, column[name], label=label, linewidth=0.9)
    middle = equilibrium.get("output")
    if middle is not None:
        outputs.axhline(middle, color="grey", linestyle=":", linewidth=1)
        outputs.set_ylim(0, 1)
    outputs.set(xlabel="real images seen", ylabel="D's mean output")
    outputs.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return figure
