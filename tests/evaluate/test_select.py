"""The best row, with the table's accidents."""

import math

import pytest

from dcgan_core.evaluate.select import best_row


def table(*values):
    return [{"step": step, "fd": value, "kid": -step} for step, value in enumerate(values)]


def test_lowest_wins():
    assert best_row(table(3.0, 1.0, 2.0), "fd")["step"] == 1
    assert best_row(table(3.0, 1.0, 2.0), "kid")["step"] == 2


def test_earliest_of_equals():
    assert best_row(table(3.0, 1.0, 1.0), "fd")["step"] == 1


@pytest.mark.parametrize("values", [(math.nan, 5.0, 4.0), (5.0, 6.0, 4.0, math.nan)])
def test_nan_is_passed_over(values):
    assert best_row(table(*values), "fd")["step"] == 2


def test_text_is_compared_as_numbers():
    assert best_row(table("10.0", "9.0", "nan"), "fd")["step"] == 1


def test_negative_and_infinite_values():
    assert best_row(table(math.inf, 0.0, -0.1), "fd")["step"] == 2


@pytest.mark.parametrize("rows", [[], table(math.nan, math.nan)])
def test_nothing_to_choose_from(rows):
    with pytest.raises(ValueError, match='as "fd"'):
        best_row(rows, "fd")


def test_unknown_criterion():
    with pytest.raises(ValueError, match='no "fid", only step, fd, kid'):
        best_row(table(1.0), "fid")
