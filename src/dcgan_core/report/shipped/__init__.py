"""The settings as the project ships them, and what a run has changed in them.

``params.yaml`` beside this file is a copy of the project's, written by ``make docs``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...params import Params
from ...params.load import load_params

SHIPPED = Path(__file__).with_name("params.yaml")


def flat_settings(params: Params) -> dict[str, Any]:
    """Every setting that counts by its dotted name; of ``download`` those that the source reads."""
    sections = {**params.model_dump(mode="json"), "download": params.download.used()}
    found: dict[str, Any] = {}
    for section, values in sections.items():
        if isinstance(values, dict):
            found |= {f"{section}.{name}": value for name, value in values.items()}
        else:
            found[section] = values
    return found


def changed_settings(params: Params) -> list[tuple[str, Any, Any]]:
    """Name, value and shipped value of each setting that is not as shipped.

    A setting that only the run's source reads has None as shipped.
    """
    shipped = flat_settings(load_params(SHIPPED))
    return [
        (name, value, shipped.get(name))
        for name, value in flat_settings(params).items()
        if value != shipped.get(name)
    ]
