"""Tensors survive as half-precision text, whatever their size."""

import base64

import numpy as np
import pytest

from dcgan_core.explore.operations import Operation
from dcgan_core.explore.packing import packed, text_length


def unpacked(found, operation, name):
    place = found.operations[operation]["tensors"][name]
    numbers = np.frombuffer(base64.b64decode(found.text), "<f2")
    return numbers[place["at"] : place["at"] + place["count"]].astype(float) * place["scale"]


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
def test_every_number_keeps_eleven_binary_digits(size):
    rng = np.random.default_rng(0)
    values = size * rng.normal(size=(3, 50)) * rng.choice([1, 1e-3], (3, 50))
    other = np.array([0.5, -2.0])
    found = packed([Operation("a", {}, {"weight": values, "bias": other}), Operation("b")])
    np.testing.assert_allclose(unpacked(found, 0, "weight"), values.ravel(), rtol=2**-11)
    assert (unpacked(found, 0, "bias") == other).all()
    assert found.operations[1] == {"kind": "b", "tensors": {}}


def test_zeros_stay_zeros_and_the_length_is_known_beforehand():
    for count in (1, 2, 3, 4):
        one = [Operation("a", {}, {"weight": np.zeros(count)})]
        found = packed(one)
        assert (unpacked(found, 0, "weight") == 0).all()
        assert len(found.text) == text_length(one)
