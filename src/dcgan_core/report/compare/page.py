"""The page of a comparison: one file, like a run's own page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ..figures.compared import draw_losses, draw_scores
from ..numbers import listed
from ..pictures import Picture, picture
from ..templates import render
from .runs import Run
from .samples import Samples, draw_samples
from .verdicts import Comparison, compare_scores, sentences, setting_differences


@dataclass(frozen=True)
class Section:
    """One size.

    Attributes:
        size: its name.
        runs: those compared, the first being what the others are held against.
        comparisons: of scores, by reference.
        sentences: what each comes to, in the same order.
        settings: those that differ, with every run's value.
        unknown: names of runs whose settings are not known.
        curves: of scores and losses.
        samples: of each run.
    """

    size: str
    runs: Sequence[Run]
    comparisons: list[Comparison]
    sentences: list[list[str]]
    settings: list[tuple[str, list[str]]]
    unknown: list[str]
    curves: list[Picture]
    samples: Samples


def compare_page(sizes: Mapping[str, Sequence[Run]]) -> str:
    """The page's HTML: the same bytes for the same files.

    Args:
        sizes: the runs at each size, by its name.

    Raises:
        UserError: a table or a snapshot is missing or damaged.
    """
    names = [run.name for run in next(iter(sizes.values()))]
    return render(
        "compare.html.j2",
        {
            "title": listed(names),
            "sections": [_section(size, runs) for size, runs in sizes.items()],
        },
    )


def _section(size: str, runs: Sequence[Run]) -> Section:
    comparisons = compare_scores(runs)
    return Section(
        size=size,
        runs=runs,
        comparisons=comparisons,
        sentences=[sentences(comparison, runs) for comparison in comparisons],
        settings=setting_differences(runs),
        unknown=[run.name for run in runs if not run.settings],
        curves=_curves(runs, comparisons[0].refused),
        samples=draw_samples(runs),
    )


def _curves(runs: Sequence[Run], refused: Mapping[str, str]) -> list[Picture]:
    compared = {run.name: run.results for run in runs if run.name not in refused}
    caption = "Scores of every snapshot on validation images, with intervals"
    if refused:
        caption += f"; without {', '.join(refused)}, scored otherwise"
    with TemporaryDirectory(prefix="dcgan-compare-") as folder:
        scores, losses = Path(folder, "scores.png"), Path(folder, "losses.png")
        draw_scores(compared, scores)
        draw_losses({run.name: run.results for run in runs}, losses)
        return [
            picture(scores, caption, 1000, "chart"),
            picture(losses, "Losses over real images seen", 1000, "chart"),
        ]
