"""Numbers as reports write them."""

import doctest
import math

import pytest

from dcgan_core.report import numbers


def test_the_examples_hold():
    assert doctest.testmod(numbers).failed == 0


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_what_is_no_number_is_a_dash(value):
    assert numbers.number(value) == numbers.number(value, "share") == numbers.NONE
    assert numbers.percent(value) == numbers.NONE


def test_a_number_is_written_out_in_its_usual_range():
    assert [numbers.number(v) for v in (-0.0004, 12345.678, 7024.3)] == ["-0.0004", "12346", "7024"]
    assert numbers.interval(None, 0.5) == ""
