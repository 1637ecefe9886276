"""The files of a run that a report is made from, each checked as it is read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import NoneType
from typing import Any

from ..errors import UserError
from ..evaluate.metrics import METRICS
from ..records import NUMBER, Kind, check_keys, read_json
from ..tables import read_table

ROWS = ("noise", "strongly_blurred", "best", "slightly_blurred", "real")
"""Of each reference in ``fidelity.json``: what was scored there, from the worst to the best."""
MAYBE: Kind = (int, float, NoneType)

_FIDELITY: dict[str, Kind] = {
    "protocol.extractor": str,
    "protocol.extractor_short_name": str,
    "protocol.resolution": (int, str),
    "protocol.samples": int,
    "protocol.neighbors": dict,
    "protocol.recall_neighbors": int,
    "protocol.criterion": str,
    "protocol.chosen_on": str,
    "protocol.interval.level": NUMBER,
    "best.epoch": int,
    "best.images": int,
    "best.undecided": list,
    "best.vetoed": dict,
    "best.all_vetoed": bool,
    "references.this_distribution": dict,
    "copies.samples": int,
    "copies.repeated": NUMBER,
    "copies.copied": NUMBER,
    "copies.ratio_pixels": MAYBE,
    "copies.ratio_features": MAYBE,
    "copies.veto": str,
}
_MORE: dict[str, Kind] = {"name": str, "sentence": str, "rows": list}
_MORE_ROW: dict[str, Kind] = {"metric": str, "label": str, "value": NUMBER, "meaning": str}
_MORE_OPTIONAL: dict[str, Kind] = dict.fromkeys(("low", "high", "real"), MAYBE)
_RUN: dict[str, Kind] = {
    **dict.fromkeys(("epochs", "steps", "images", "processes", "machines"), int),
    **dict.fromkeys(("seconds", "img_per_s"), NUMBER),
    **dict.fromkeys(("device", "precision", "torch"), str),
    "peak_memory_bytes": (int, NoneType),
    "ran_on": list,
    "watch": list,
}


def _scores() -> dict[str, Kind]:
    return {f"{name}.{part}": NUMBER for name in METRICS for part in ("value", "low", "high")}


def _ratios() -> dict[str, Kind]:
    return {f"{name}.of_real": MAYBE for name in METRICS}


def read_fidelity(results: Path) -> dict[str, Any]:
    """``fidelity.json``.

    Its key ``more`` may be left out. It is a list of further groups of scores, which page and card
    show as they are: each has ``name``, ``sentence`` (one, for people) and ``rows``; a row has
    ``metric`` (its name in metrics.json), ``label``, ``value`` and ``meaning`` (one sentence), and
    may have ``low`` and ``high``, its interval, and ``real``, what real images reach; null where
    there is none.

    Args:
        results: ``results/<size>``.

    Raises:
        UserError: it is missing, or not as the fidelity stage writes it.
    """
    path = results / "fidelity.json"
    record = read_json(path, {"schema": int})
    if record["schema"] != 2:
        raise UserError(
            f"{path}: schema {record['schema']}, but this version reads schema 2. Delete it and "
            "run again."
        )
    check_keys(str(path), record, _FIDELITY, {"more": list})
    for reference, found in record["references"].items():
        where = f"{path}, references.{reference}"
        check_keys(where, found, {"n_real": int, "groups": int, "rows": dict})
        check_keys(where, found["rows"], dict.fromkeys(ROWS, dict))
        for row in ROWS:
            check_keys(f"{where}.{row}", found["rows"][row], _scores(), _ratios())
    for place, group in enumerate(record.get("more", [])):
        where = f"{path}, more[{place}]"
        check_keys(where, group, _MORE)
        for number, row in enumerate(group["rows"]):
            check_keys(f"{where}.rows[{number}]", row, _MORE_ROW, _MORE_OPTIONAL)
    return record


def read_run(results: Path) -> dict[str, Any]:
    """``run.json``; arguments and errors as for :func:`read_fidelity`."""
    path = results / "run.json"
    record = read_json(path, _RUN)
    for place, note in enumerate(record["watch"]):
        where = f"{path}, watch[{place}]"
        check_keys(where, note, {"step": int, "words": str, "advice": str})
    for place, part in enumerate(record["ran_on"]):
        check_keys(f"{path}, ran_on[{place}]", part, {"from_step": int, "device": str})
    return record


def read_resized(record: Path) -> dict[str, Any]:
    """What became of the source's images.

    Args:
        record: ``data/resized/<size>.json``.

    Returns:
        The record without its list of images, and ``dropped``: how many were dropped, by reason.

    Raises:
        UserError: it is missing, or not as the resize stage writes it.
    """
    counts = {f"counts.{name}": int for name in ("kept", "dropped", "rejected")}
    texts = dict.fromkeys(("source", "licence", "origin"), str)
    sides = dict.fromkeys(("height", "width", "channels"), int)
    found = read_json(record, {**counts, **texts, **sides})
    check_keys(str(record), found, {}, {"cleaning.dropped": dict})
    del found["images"]
    # Where nothing is looked for, an image is dropped for one reason alone.
    unreadable = {"unreadable": found["counts"]["dropped"]} if found["counts"]["dropped"] else {}
    return {**found, "dropped": found.get("cleaning", {}).get("dropped", unreadable)}


def read_normalization(normalized: Path) -> dict[str, Any]:
    """``normalization.json``.

    Args:
        normalized: ``data/normalized/<size>``.

    Raises:
        UserError: it is missing, or not as the normalize stage writes it.
    """
    counts = {f"counts.{split}": int for split in ("train", "validation", "test")}
    optional: Mapping[str, Kind] = {"held_out_groups": list}
    record = read_json(normalized / "normalization.json", {**counts, "licence": str})
    check_keys(str(normalized / "normalization.json"), record, {}, optional)
    return record


def read_parzen_row(results: Path, images: int) -> dict[str, Any]:
    """The row of ``parzen.csv`` that scores one snapshot.

    Args:
        results: ``results/<size>``.
        images: real images that the snapshot had seen.

    Raises:
        UserError: the table is missing or not whole, or has no such row.
    """
    path = results / "parzen.csv"
    scores = ("log_likelihood", "nats_per_dimension", "standard_error", "standard_error_images")
    counts = ("sigma", "dimension", "n_centers", "n_test", "n_groups")
    for row in read_table(path, (*scores, *counts), ["sigma_at_edge"], in_order="images"):
        if row["images"] == images:
            return {**row, "sigma_at_edge": row["sigma_at_edge"] == "True"}
    raise UserError(
        f"{path}: has no row of the snapshot after {images} images, which fidelity.json calls "
        "the best. "
        "Delete both and run again."
    )
