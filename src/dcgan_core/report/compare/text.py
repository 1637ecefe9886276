"""A comparison as a table for the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from ..numbers import NONE, count, interval, number
from .runs import Run
from .verdicts import Cell, Comparison, Row, compare_scores, sentences, setting_differences

WIDTH = 98
"""Columns that a sentence takes at most."""


def comparison_lines(size: str, runs: Sequence[Run]) -> list[str]:
    """What is said of one size.

    Args:
        size: its name.
        runs: at that size, two or more.
    """
    lines = [f"size {size}", ""]
    for run in runs:
        best = run.record["best"]
        lines.append(
            f"  {run.name}: {run.words}, best after {count(best['images'])} of "
            f"{count(run.facts['images'])} images, {run.facts['device']}"
        )
    for comparison in compare_scores(runs):
        lines += ["", *_scores(comparison, runs)]
    return [*lines, "", *_settings(runs), ""]


def _scores(comparison: Comparison, runs: Sequence[Run]) -> list[str]:
    rows = [["", *(run.name for run in runs), "real images"]]
    for row in comparison.rows:
        real = number(row.real, row.metric.kind)
        rows.append([row.metric.label, *(_cell(row, cell) for cell in row.cells), real])
    return [f"{comparison.title}:", "", *_aligned(rows), "", *_wrapped(sentences(comparison, runs))]


def _wrapped(texts: Sequence[str]) -> list[str]:
    return [line for text in texts for line in textwrap.wrap(text, WIDTH)]


def _cell(row: Row, cell: Cell) -> str:
    if cell.value is None:
        return NONE
    kind = row.metric.kind
    told = f"{number(cell.value.value, kind)} ({interval(cell.value.low, cell.value.high, kind)})"
    return f"{told} {cell.verdict}".rstrip()


def _settings(runs: Sequence[Run]) -> list[str]:
    unknown = [run.name for run in runs if not run.settings]
    lines = [f"{name}: no receipts, so its settings are not known" for name in unknown]
    different = setting_differences(runs)
    if not different:
        return lines or ["No setting differs."]
    rows = [["", *(run.name for run in runs)], *([name, *values] for name, values in different)]
    return [*lines, "Settings that differ:", "", *_aligned(rows)]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  "
        + "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
