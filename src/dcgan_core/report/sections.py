"""What the page says of one size: what went in, how it went, what came out, how good it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..data.row_names import read_row_names
from ..params import Params
from .charts import CHARTS
from .pictures import Picture, array_picture, picture, real_sheet
from .remarks import Remark, remarks
from .scores import Reference, references
from .sources import read_fidelity, read_normalization, read_parzen_row, read_resized, read_run

SPLIT_USES = {
    "train": "trains both networks",
    "validation": "chooses the best snapshot and the Parzen sigma",
    "test": "scores them in the end, and chooses nothing",
    "new_places": "scores them on whole groups that no other split has an image of",
}


@dataclass(frozen=True)
class Files:
    """Where one size's files are.

    Attributes:
        size: its name in the settings.
        results: ``results/<size>``.
        normalized: ``data/normalized/<size>``.
        resized: ``data/resized/<size>.json``.
        dropped: ``data/resized/<size>-dropped.png``.
        figures: the folder with the size's charts.
    """

    size: str
    results: Path
    normalized: Path
    resized: Path
    dropped: Path
    figures: Path


@dataclass(frozen=True)
class Split:
    """Images of one split, and what it is for."""

    name: str
    images: int
    use: str


@dataclass(frozen=True)
class Input:
    """What went in.

    Attributes:
        record: as ``read_resized`` gives it.
        splits: those that hold images.
        held_out: groups held out as new places.
        reals: a sheet of training images.
        dropped: the sheet of those dropped; None where there are none.
    """

    record: Mapping[str, Any]
    splits: list[Split]
    held_out: int
    reals: Picture
    dropped: Picture | None


@dataclass(frozen=True)
class Training:
    """How it went.

    Attributes:
        run: as ``read_run`` gives it.
        watched: whether the watch was on.
        charts: of losses and gradients.
    """

    run: Mapping[str, Any]
    watched: bool
    charts: list[Picture]


@dataclass(frozen=True)
class Quality:
    """How good it is.

    Attributes:
        record: as ``read_fidelity`` gives it.
        references: its scores, each reference by itself.
        remarks: what to make of them.
        parzen: as ``read_parzen_row`` gives it.
        copies: the samples most like other images.
        curves: the scores over the snapshots.
    """

    record: Mapping[str, Any]
    references: list[Reference]
    remarks: list[Remark]
    parzen: Mapping[str, Any]
    copies: Picture
    curves: list[Picture]


@dataclass(frozen=True)
class Section:
    """One size of the page."""

    size: str
    input: Input
    training: Training
    output: list[Picture]
    quality: Quality


def section(params: Params, files: Files) -> Section:
    """Read one size.

    Args:
        params: the run's settings.
        files: where it lies.

    Raises:
        UserError: a file is missing, or not as its stage writes it.
    """
    return Section(
        size=files.size,
        input=_input(params, files),
        training=_training(params, files),
        output=_output(files.results),
        quality=_quality(files.results),
    )


def _input(params: Params, files: Files) -> Input:
    record, data = read_resized(files.resized), read_normalization(files.normalized)
    rows, columns, seed = params.sample.rows, params.sample.columns, params.sample.seed
    sheet = real_sheet(files.normalized, rows, columns, seed)
    dropped = picture(
        files.dropped, "Images that were dropped, each with its reason", 1080, "sheet"
    )
    counts = data["counts"].items()
    return Input(
        record=record,
        splits=[Split(name, images, SPLIT_USES[name]) for name, images in counts if images],
        held_out=len(data.get("held_out_groups", [])),
        reals=array_picture(sheet, "Real images that it was trained on, drawn by chance", 530),
        dropped=dropped if record["counts"]["dropped"] else None,
    )


def _training(params: Params, files: Files) -> Training:
    charts = [
        picture(chart.path(files.figures, files.size), chart.caption, chart.width, "chart")
        for chart in CHARTS
    ]
    return Training(read_run(files.results), params.watch.action != "off", charts)


def _output(results: Path) -> list[Picture]:
    names = read_row_names(results / "samples.png")
    rows = f". Rows from the top: {', '.join(dict.fromkeys(names))}" if names else ""
    told = f"Samples of the best snapshot; none was picked{rows}"
    return [
        picture(results / "samples.png", told, 530),
        picture(results / "training.gif", "The same latents through training", 400),
        picture(
            results / "interpolation.gif",
            "Walks through the latent space of the best snapshot, without cuts",
            530,
        ),
    ]


def _quality(results: Path) -> Quality:
    record = read_fidelity(results)
    return Quality(
        record=record,
        references=references(record),
        remarks=remarks(record),
        parzen=read_parzen_row(results, record["best"]["images"]),
        copies=picture(
            results / "copies.png",
            "The samples most like a training image, and those most like another sample",
            1000,
            "sheet",
        ),
        curves=[
            picture(results / "fidelity.png", "Scores of every snapshot", 1000, "chart"),
            picture(results / "parzen.png", "Log-likelihood of every snapshot", 520, "chart"),
        ],
    )
