"""What is looked for, and what a finding says."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...params.schema import Clean

UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Checks:
    """The settings of ``clean`` as plain values, for worker processes; by default all are off."""

    min_side: int = 0
    max_aspect: float = 0.0
    min_contrast: float = 0.0
    min_entropy: float = 0.0
    max_entropy: float = 0.0
    exact_duplicates: bool = False
    near_duplicates: int = 0

    @staticmethod
    def of(params: Clean) -> Checks:
        """The checks that the settings ask for."""
        return Checks(**params.model_dump())

    def active(self) -> dict[str, float]:
        """The checks that are on, by the names of their settings."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True)
class Drop:
    """Why an image is left out.

    Attributes:
        kind: a few words to count by, such as ``"too small"``.
        reason: one line for people, with the value found and the one needed.
        repeats: the pack's row of the kept image that a duplicate repeats.
    """

    kind: str
    reason: str
    repeats: int | None = None
