"""The files of a run that a report is made from, each checked as it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import UserError
from ..evaluate.metrics import METRICS
from ..records import NUMBER, Kind, check_keys, read_json
from ..tables import read_table

ROWS = ("real", "slightly_blurred", "best", "strongly_blurred", "noise")
"""Of each reference in ``fidelity.json``: what was scored there."""

_FIDELITY: dict[str, Kind] = {
    "schema": int,
    "protocol.extractor": str,
    "protocol.extractor_short_name": str,
    "protocol.resolution": (int, str),
    "protocol.samples": int,
    "protocol.neighbors": dict,
    "protocol.recall_neighbors": int,
    "protocol.criterion": str,
    "best.epoch": int,
    "best.images": int,
    "best.undecided": list,
    "best.vetoed": dict,
    "best.all_vetoed": bool,
    "references.this_distribution": dict,
    "copies.repeated": NUMBER,
    "copies.copied": NUMBER,
    "copies.veto": str,
    "spectrum.best_distance_db": NUMBER,
    "spectrum.best_grid_db": NUMBER,
    "spectrum.real_distance_db": NUMBER,
    "spectrum.real_grid_db": NUMBER,
}


def _scores() -> dict[str, Kind]:
    return {f"{name}.{part}": NUMBER for name in METRICS for part in ("value", "low", "high")}


def read_fidelity(results: Path) -> dict[str, Any]:
    """``fidelity.json``.

    Args:
        results: ``results/<size>``.

    Raises:
        UserError: it is missing, or not as the fidelity stage writes it.
    """
    path = results / "fidelity.json"
    record = read_json(path, _FIDELITY)
    if record["schema"] != 2:
        raise UserError(
            f"{path}: schema {record['schema']}, but this version reads schema 2. Delete it and "
            "run again."
        )
    for reference, found in record["references"].items():
        where = f"{path}, references.{reference}"
        check_keys(where, found, {"n_real": int, "groups": int, "rows": dict})
        check_keys(where, found["rows"], dict.fromkeys(ROWS, dict))
        for row in ROWS:
            check_keys(f"{where}.{row}", found["rows"][row], _scores())
    return record


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
    numbers = ("log_likelihood", "nats_per_dimension", "standard_error", "sigma", "n_test")
    for row in read_table(path, numbers, in_order="epoch"):
        if row["epoch"] == epoch:
            return row
    raise UserError(
        f"{path}: has no row of epoch {epoch}, whose snapshot fidelity.json calls the best. "
        "Delete both and run again."
    )
