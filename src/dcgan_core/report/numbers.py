"""Numbers as a report writes them: the same on the page, on the card and on a terminal."""

from __future__ import annotations

import math
from typing import Literal

NONE = "–"
"""Stands for a number that there is none of."""


def number(value: float | None, kind: Literal["share", "distance"] = "distance") -> str:
    """A score: shares with three decimals, all else with four digits.

    >>> number(0.3), number(1234.567), number(190.39), number(None)
    ('0.3', '1235', '190.4', '–')
    >>> number(0.3, "share")
    '0.300'
    """
    if value is None or not math.isfinite(value):
        return NONE
    return f"{value:.3f}" if kind == "share" else _plain(value)


def _plain(value: float) -> str:
    """Four digits, and no power of ten where a person would write none."""
    return f"{value:.0f}" if 1000 <= abs(value) < 1e9 else f"{value:.4g}"


def interval(
    low: float | None, high: float | None, kind: Literal["share", "distance"] = "distance"
) -> str:
    """Both ends of an interval, or nothing where there is none.

    >>> interval(0.25, 0.3, "share")
    '0.250 to 0.300'
    """
    if low is None or high is None:
        return ""
    return f"{number(low, kind)} to {number(high, kind)}"


def percent(share: float | None) -> str:
    """A share as a whole number of percent.

    >>> percent(0.214), percent(0.004), percent(0), percent(None)
    ('21 %', 'under 1 %', '0 %', '–')
    """
    if share is None or not math.isfinite(share):
        return NONE
    return "under 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def count(value: int) -> str:
    """A whole number, in groups of three digits.

    >>> count(62400)
    '62,400'
    """
    return f"{value:,}"


def listed(items: list[str]) -> str:
    """Items as a sentence has them.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)
