"""Samples as image files of their own, in a folder that says how many of them are whole."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..files import refusal
from ..parts import part_of
from ..progress import progress
from ..records import read_json, write_json
from .grid import to_picture
from .series import Series

RECORD = "samples.json"
SCHEMA = 1
RECORD_EVERY = 4096
"""Images between two records."""
SAVE: dict[str, dict[str, Any]] = {
    "png": {"format": "PNG"},
    "webp": {"format": "WEBP", "lossless": True, "exact": True, "method": 1},
}
"""Both keep every code."""


def image_name(number: int, form: str) -> str:
    """The file of the sample of a number."""
    return f"sample-{number:06d}.{form}"


def write_images(
    folder: Path, series: Series, count: int, form: str, facts: Mapping[str, Any]
) -> int:
    """Write samples 0 to ``count`` − 1, those excepted that an earlier call has left here.

    Every file gets its name when it is whole. ``samples.json`` says what the samples are of and
    how many are there at least, however the process ends: whoever calls again goes on from there.

    Args:
        folder: where they go; made if it is not there.
        series: the samples.
        count: how many, at least 1.
        form: a key of SAVE.
        facts: what else the samples depend on: plain values, which the record keeps.

    Returns:
        How many were there already.

    Raises:
        UserError: the folder has samples of something else, or cannot be written.
    """
    facts = {
        "schema": SCHEMA,
        "format": form,
        "seed": series.seed,
        "truncation": series.truncation,
        **facts,
    }
    found = _found(folder, facts)
    if found < count:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _write(folder, series, (found, count), form, facts)
        except OSError as error:
            raise refusal(error, folder) or error from error
    return found


def _found(folder: Path, facts: Mapping[str, Any]) -> int:
    """How many samples are there.

    Raises:
        UserError: they are of something else, or nothing says of what.
    """
    path = folder / RECORD
    if not path.exists():
        if folder.is_dir() and (other := next(folder.glob("sample-*"), None)):
            raise UserError(
                f"{folder}: holds {other.name}, and no {RECORD} says of what. Name another folder "
                "with --out."
            )
        return 0
    record = read_json(path, {"images": int}, "Remove the folder, or name another with --out.")
    for name, value in facts.items():
        if record.get(name) != value:
            raise UserError(
                f"{path}: has samples with {name} {record.get(name)}, and these have {name} "
                f"{value}. Remove the folder, or name another with --out."
            )
    return record["images"]


def _write(
    folder: Path, series: Series, numbers: tuple[int, int], form: str, facts: Mapping[str, Any]
) -> None:
    start, end = numbers
    whole = recorded = start
    write_json(folder / RECORD, {**facts, "images": whole})
    with part_of(folder / RECORD) as part, progress("sample", end, "images", start) as bar:
        try:
            for first, images in series.blocks(start, end):
                for number, image in enumerate(images, first):
                    name = image_name(number, form)
                    to_picture(image).save(part / name, **SAVE[form])
                    os.replace(part / name, folder / name)
                    whole = number + 1
                bar.advance(len(images))
                if whole - recorded >= RECORD_EVERY:
                    recorded = _record(folder, facts, whole)
        finally:
            _record(folder, facts, whole)


def _record(folder: Path, facts: Mapping[str, Any], whole: int) -> int:
    write_json(folder / RECORD, {**facts, "images": whole})
    return whole
