"""A project as it lies there: its settings, its code, and each path read once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..params import Params, load_params
from ..stages import Origin, stage_origins
from .scan import Scan, scan

PARAMS = "params.yaml"


@dataclass
class Project:
    """One checkout.

    Attributes:
        origins: what every stage would be made from now, by name.
    """

    root: Path
    params: Params
    origins: dict[str, Origin]
    _scans: dict[str, Scan | None] = field(default_factory=dict)

    @classmethod
    def open(cls, root: Path) -> Project:
        """Read settings, code and files of one's own.

        Raises:
            UserError: ``root`` is no project, or its settings are not valid.
        """
        params = load_params(root / PARAMS)
        return cls(root, params, stage_origins(params, root, cached=False))

    def scan(self, path: str) -> Scan | None:
        """What lies at ``path``, from the root; None if nothing does."""
        if path not in self._scans:
            self._scans[path] = scan(self.root / path)
        return self._scans[path]


def flat(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings by their dotted names."""
    found: dict[str, Any] = {}
    for section, values in settings.items():
        if isinstance(values, dict):
            found |= {f"{section}.{name}": value for name, value in values.items()}
        else:
            found[section] = values
    return found
