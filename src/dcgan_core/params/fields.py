"""What every section of the settings is made of."""

from __future__ import annotations

import os
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


def _not_a_bool(value: object) -> object:
    """YAML's ``true`` is no number, though Python would count it as 1.

    Raises:
        ValueError: it is true or false.
    """
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")
    return value


def _home_written_out(path: str) -> str:
    """DVC reads the same settings, and does not know this sign.

    Raises:
        ValueError: the path begins with it.
    """
    if path.startswith("~"):
        raise ValueError(f"write your home folder out: {os.path.expanduser(path)!r}")
    return path


Whole = Annotated[int, BeforeValidator(_not_a_bool)]
Real = Annotated[float, BeforeValidator(_not_a_bool)]
Seed = Annotated[Whole, Field(ge=0, le=2**31 - 1)]
OwnPath = Annotated[str, AfterValidator(_home_written_out)]
Sha256 = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
Share = Annotated[Real, Field(ge=0, le=1)]


class Section(BaseModel):
    """A group of settings: unknown keys refused, values fixed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
