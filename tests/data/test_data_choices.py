"""What the settings offer is what the code has, name by name."""

from __future__ import annotations

from typing import get_args

from dcgan_core.data.pack import DTYPES
from dcgan_core.data.resample import FILTERS
from dcgan_core.params import Normalize, Resize


def test_filters() -> None:
    assert set(get_args(Resize.model_fields["filter"].annotation)) == set(FILTERS)


def test_dtypes() -> None:
    assert set(get_args(Normalize.model_fields["dtype"].annotation)) == set(DTYPES)
