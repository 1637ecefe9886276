"""Losses and the discriminator's outputs over the training."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType

import matplotlib.pyplot as plt

from ...records import Kind, check_keys, read_json
from .style import columns, save, styled

LOSSES = (("loss_d", "Loss_D"), ("loss_g", "Loss_G"))
OUTPUTS = (("d_x", "D(x)"), ("d_g_z1", "D(G(z)) before"), ("d_g_z2", "after"))
MAYBE: Kind = (int, float, NoneType)


@dataclass(frozen=True)
class Scale:
    """What the numbers of a history mean, which depends on the loss.

    Attributes:
        loss: its name; empty if not known.
        equilibrium: ``loss_d``, ``loss_g`` and ``output`` where the generator's images are as
            the real ones and D cannot tell them apart. Where one is None or left out, nothing
            is marked.
        floor: the lowest Loss_D there is; marked where it is above 0, which a reader expects.
        output: what D's outputs are.
        note: what else their reader must know; may be empty.
        bounds: the lowest and the highest output there is; None leaves that end to the curves.
    """

    loss: str = ""
    equilibrium: Mapping[str, float | None] = field(default_factory=dict)
    floor: float | None = None
    output: str = "mean output"
    note: str = ""
    bounds: tuple[float | None, float | None] = (None, None)


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
    scale = read_scale(run)
    with styled():
        save(history_figure(table, scale, title), target)


def read_scale(run: Path) -> Scale:
    """The scale that the train stage wrote into ``run.json``; what it left out is not marked.

    Raises:
        UserError: the file is missing, not JSON, or holds something else there.
    """
    record = read_json(run)
    kinds: dict[str, Kind] = {
        "loss": str,
        **dict.fromkeys(("equilibrium", "floor", "output"), dict),
        **{f"equilibrium.{name}": MAYBE for name in ("loss_d", "loss_g", "output")},
        "floor.loss_d": MAYBE,
        **dict.fromkeys(("output.name", "output.note"), str),
        **{f"output.{name}": MAYBE for name in ("lowest", "highest")},
    }
    check_keys(str(run), record, {}, kinds)
    output = record.get("output", {})
    return Scale(
        record.get("loss", Scale.loss),
        record.get("equilibrium", {}),
        record.get("floor", {}).get("loss_d"),
        output.get("name", Scale.output),
        output.get("note", Scale.note),
        (output.get("lowest"), output.get("highest")),
    )


def history_figure(table: Path, scale: Scale, title: str) -> plt.Figure:
    """Losses above, D's outputs below, over real images seen; with the ideal equilibrium marked.

    Args:
        table: ``history.csv``.
        scale: what its numbers mean.
        title: the heading.

    Raises:
        UserError: the table is missing or not whole.
    """
    column = columns(table, [name for name, _ in (*LOSSES, *OUTPUTS)], in_order="images")
    figure, (losses, outputs) = plt.subplots(2, 1, figsize=(8, 6), sharex=True)
    for name, label in LOSSES:
        losses.plot(column["images"], column[name], label=label, linewidth=0.9)
    for place, (name, _) in enumerate(LOSSES):
        _mark(losses, "equilibrium", scale.equilibrium.get(name), f"C{place}", ":")
    if scale.floor is not None and scale.floor > 0:
        _mark(losses, "floor", scale.floor, "C0", "--")
    losses.set(ylabel=f"loss ({scale.loss})" if scale.loss else "loss")
    for name, label in OUTPUTS:
        outputs.plot(column["images"], column[name], label=label, linewidth=0.9)
    _mark(outputs, "equilibrium", scale.equilibrium.get("output"), "grey", ":")
    outputs.set_ylim(*scale.bounds)
    label = f"D's {scale.output}" + (f"\n({scale.note})" if scale.note else "")
    outputs.set(xlabel="real images seen", ylabel=label)
    for axis in (losses, outputs):
        axis.legend(ncols=5, fontsize=9, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    figure.suptitle(title)
    return figure


def _mark(axis: plt.Axes, what: str, level: float | None, colour: str, style: str) -> None:
    if level is not None:
        label = f"{what} {level:.3f}"
        axis.axhline(level, color=colour, linestyle=style, linewidth=1, label=label)
