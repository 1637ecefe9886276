"""A result in words: what it was made from, by what code, on what data, on which machine."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ..errors import UserError
from ..records import read_json
from ..stages import Receipt
from .project import Project
from .results import Result

HEX = 12
"""Digits of a hash that are shown."""


def lines(project: Project, result: Result) -> list[str]:
    """The verdict on a result, and below it where it comes from."""
    written = "altered" if result.altered else "as written"
    current = "current"
    if result.outdated:
        current = "not current"
    elif result.follows:
        current = f"not current, because of {', '.join(result.follows)}"
    receipt = result.receipt
    if receipt is None:
        return [f"{result.name}: nothing is known of it"]
    rows = {"key": receipt.key}
    for section, values in receipt.settings.items():
        rows[section] = _settings(values)
    rows["code"] = f"{len(receipt.code)} files, {_digest(receipt.code)}"
    for path, digest in receipt.built_on.items():
        rows[f"read {path}"] = digest[:HEX]
    rows["machine"] = ", ".join(machine(project, result, receipt))
    return [f"{result.name}: {written}, {current}"] + [
        f"  {name}: {value}" for name, value in rows.items()
    ]


def machine(project: Project, result: Result, receipt: Receipt) -> list[str]:
    """Where the result was made: each device in turn, then processor, system and versions."""
    made = receipt.made_with
    devices = [made["device"]] if "device" in made else _places(project, result)
    versions = [f"{name} {made[name]}" for name in made if name not in WORDS]
    return [
        *devices,
        *(made[name] for name in ("processor", "platform") if name in made),
        *versions,
    ]


WORDS = ("device", "processor", "platform")


def _places(project: Project, result: Result) -> list[str]:
    """The devices of a training, as its own record has them; nothing where that is damaged."""
    if result.stage.name != "train":
        return []
    try:
        record = read_json(project.root / result.stage.paths(project.params, result.size)["run"])
        return [f"{place['device']} from step {place['from_step']}" for place in record["ran_on"]]
    except (UserError, ValueError, KeyError, TypeError):
        return []


def _settings(values: Any) -> str:
    if not isinstance(values, dict):
        return json.dumps(values)
    return ", ".join(f"{name} {json.dumps(value)}" for name, value in values.items())


def _digest(code: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(code, sort_keys=True).encode()).hexdigest()[:HEX]
