"""Which of two runs is better by each score, and where that cannot be said."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...data.splits import NEW_PLACES
from ...evaluate.estimates import verdict_of_intervals
from ...evaluate.metrics import METRICS, Metric
from ...params.yaml_file import setting_text
from ..numbers import NONE
from ..scores import HEADLINE, Reference, Value, references
from .runs import Run

CHOOSING = ("criterion", "chosen_on", "veto", "neighbors")
"""Parts of a protocol that say how a snapshot was chosen, or that differ by reference."""
ALIKE = 1e-3
"""Two runs whose noise is as far from the real images, within this share, have the same ones."""
SPLITS = {"this_distribution": "test", NEW_PLACES: NEW_PLACES}


@dataclass(frozen=True)
class Cell:
    """One run's score.

    Attributes:
        value: with its interval; None where it is not compared.
        verdict: of it against the first run's: ``better``, ``worse`` or ``undecided``; empty for
            the first itself and where it is not compared.
    """

    value: Value | None
    verdict: str = ""


@dataclass(frozen=True)
class Row:
    """One metric of all runs, in their order.

    Attributes:
        real: what real training images reach there, as many as there are samples.
    """

    name: str
    metric: Metric
    cells: list[Cell]
    real: float

    @property
    def is_headline(self) -> bool:
        """Whether it is the score that says most."""
        return self.name == HEADLINE


@dataclass(frozen=True)
class Comparison:
    """All runs on one reference.

    Attributes:
        reference: its name.
        title: its heading.
        rows: by metric.
        refused: why a run is not compared with the first, by the run's name.
    """

    reference: str
    title: str
    rows: list[Row]
    refused: dict[str, str]


def compare_scores(runs: Sequence[Run]) -> list[Comparison]:
    """Every run against the first, on each reference that the first has.

    Args:
        runs: at one size, two or more.
    """
    known = [{found.name: found for found in references(run.record)} for run in runs]
    return [_on_reference(name, runs, known) for name in known[0]]


def _on_reference(
    name: str, runs: Sequence[Run], known: Sequence[Mapping[str, Reference]]
) -> Comparison:
    refused = {}
    for run in runs[1:]:
        why = why_not(runs[0], run, name)
        if why:
            refused[run.name] = why
    rows = []
    for metric in METRICS:
        score = known[0][name].scores[metric]
        first, cells = score.best, [Cell(score.best)]
        for run, scores in zip(runs[1:], known[1:], strict=True):
            cells.append(
                Cell(None) if run.name in refused else _judged(metric, scores[name], first)
            )
        rows.append(Row(metric, METRICS[metric], cells, score.real.value))
    return Comparison(name, known[0][name].title, rows, refused)


def _judged(metric: str, scores: Reference, first: Value) -> Cell:
    ours = scores.scores[metric].best
    lower = METRICS[metric].lower_is_better
    return Cell(ours, verdict_of_intervals(ours.triple, first.triple, lower))


def why_not(first: Run, other: Run, reference: str) -> str:
    """Why scores of two runs on a reference do not compare; empty where they do."""
    if reference not in other.record["references"]:
        return "it has no such scores"
    ours, theirs = _protocol(first.record, reference), _protocol(other.record, reference)
    parts = [
        f"{name.replace('_', ' ')} {_told(theirs.get(name))} instead of {_told(ours.get(name))}"
        for name in {**ours, **theirs}
        if ours.get(name) != theirs.get(name)
    ]
    if parts:
        return "scored by another protocol: " + ", ".join(parts)
    return "" if _same_images(first, other, reference) else "scored on other real images"


def _protocol(record: Mapping[str, Any], reference: str) -> dict[str, Any]:
    whole, found = record["protocol"], record["references"][reference]
    parts = {name: value for name, value in whole.items() if name not in CHOOSING}
    return {
        **parts,
        "neighbors": whole["neighbors"].get(reference),
        "real_images": found["n_real"],
        "groups": found["groups"],
    }


def _same_images(first: Run, other: Run, reference: str) -> bool:
    split = SPLITS.get(reference, reference)
    if split in first.images and split in other.images:
        return first.images[split] == other.images[split]
    # Nothing recorded says so; uniform noise, which is the same in all runs, does.
    noise = [run.record["references"][reference]["rows"]["noise"]["fd"] for run in (first, other)]
    return math.isclose(noise[0]["value"], noise[1]["value"], rel_tol=ALIKE)


def _told(value: object) -> str:
    return NONE if value is None else str(value)


def setting_differences(runs: Sequence[Run]) -> list[tuple[str, list[str]]]:
    """Each setting in which the runs differ, with every run's; runs without settings have none."""
    names = dict.fromkeys(name for run in runs for name in run.settings)
    known = [run for run in runs if run.settings]
    return [
        (name, [setting_text(run.settings.get(name)) or NONE for run in runs])
        for name in names
        if any(run.settings.get(name) != known[0].settings.get(name) for run in known)
    ]


def sentences(comparison: Comparison, runs: Sequence[Run]) -> list[str]:
    """What it comes to, a sentence a run."""
    found = []
    for place, run in enumerate(runs[1:], 1):
        if run.name in comparison.refused:
            found.append(
                f"{run.name} is not compared with {runs[0].name}: {comparison.refused[run.name]}."
            )
            continue
        groups: dict[str, list[str]] = {}
        for row in sorted(comparison.rows, key=lambda row: not row.is_headline):
            groups.setdefault(row.cells[place].verdict, []).append(row.metric.label)
        told = "; ".join(
            f"{verdict} by {', '.join(groups[verdict])}"
            for verdict in ("better", "worse", "undecided")
            if verdict in groups
        )
        found.append(f"{run.name} against {runs[0].name}: {told}.")
    return found
