"""The files of a run that a report is made from, each checked as it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import UserError
from ..evaluate.metrics import METRICS
from ..records import NUMBER, Kind, read_json
from ..tables import read_table


def read_fidelity(results: Path) -> dict[str, Any]:
    """``fidelity.json``.

    Args:
        results: ``results/<size>``.

    Raises:
        UserError: it is missing, or not as the fidelity stage writes it.
    """
    protocol: dict[str, Kind] = {
        "extractor": str,
        "extractor_short_name": str,
        "resolution": (int, str),
        "samples": int,
        "n_real.test": int,
        "chosen_by": str,
    }
    wanted = {f"protocol.{name}": kind for name, kind in protocol.items()}
    best: dict[str, Kind] = {"best.epoch": int, "best.images": int}
    places = ("best", "controls.noise", "controls.training_images")
    scores = {f"{place}.{name}": NUMBER for place in places for name in METRICS}
    return read_json(results / "fidelity.json", {**wanted, **best, **scores})


def read_run(results: Path) -> dict[str, Any]:
    """``run.json``; arguments and errors as for :func:`read_fidelity`."""
    return read_json(
        results / "run.json",
        {
            "epochs": int,
            "images": int,
            "seconds": NUMBER,
            "img_per_s": NUMBER,
            "device": str,
            "precision": str,
            "torch": str,
        },
    )


def read_normalization(normalized: Path) -> dict[str, Any]:
    """``normalization.json``.

    Args:
        normalized: ``data/normalized/<size>``.

    Raises:
        UserError: it is missing, or not as the normalize stage writes it.
    """
    counts = {f"counts.{split}": int for split in ("train", "validation", "test")}
    return read_json(normalized / "normalization.json", {**counts, "licence": str})


def read_parzen_row(results: Path, epoch: int) -> dict[str, Any]:
    """The row of ``parzen.csv`` that scores one snapshot.

    Args:
        results: ``results/<size>``.
        epoch: the snapshot's.

    Raises:
        UserError: the table is missing or not whole, or has no such row.
    """
    path = results / "parzen.csv"
    numbers = ("log_likelihood", "nats_per_dimension")
    for row in read_table(path, numbers, in_order="epoch"):
        if row["epoch"] == epoch:
            return row
    raise UserError(
        f"{path}: has no row of epoch {epoch}, whose snapshot fidelity.json calls the best. "
        "Delete both and run again."
    )
