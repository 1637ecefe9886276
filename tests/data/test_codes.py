"""The map of codes to [-1,1]: exact, the same bits on arrays and tensors, and back again."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dcgan_core.data.codes import array_to_codes, array_to_unit, tensor_to_codes, tensor_to_unit

CODES = np.arange(256, dtype=np.uint8)


def test_unit_values_are_exact() -> None:
    values = array_to_unit(CODES)
    assert values.dtype == np.float32
    assert values[0] == -1
    assert values[255] == 1
    assert np.array_equal(np.rint((values + 1) * 127.5), CODES)
    assert np.abs(values - (CODES / 127.5 - 1)).max() < 1e-7
    assert tensor_to_unit(torch.from_numpy(CODES)).numpy().tobytes() == values.tobytes()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_every_code_comes_back(dtype: str) -> None:
    values = array_to_unit(CODES).astype(dtype)
    for codes in (array_to_codes(values), tensor_to_codes(torch.from_numpy(values)).numpy()):
        assert codes.dtype == np.uint8
        assert np.array_equal(codes, CODES)


def test_what_is_in_the_wanted_form_keeps_its_value() -> None:
    assert array_to_codes(CODES) is CODES
    values = torch.tensor([-1.0, 0.25, 1.0], dtype=torch.float16)
    given = tensor_to_unit(values)
    assert given.dtype == torch.float32
    assert given.tolist() == values.tolist()


def test_a_generators_values_are_rounded_and_clipped() -> None:
    values = torch.tensor([-1.1, -1.0, 0.003, 0.005, 1.0, 1.1])
    assert tensor_to_codes(values).tolist() == [0, 0, 128, 128, 255, 255]
