"""What people type on the command line, as values: argparse types."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Number = TypeVar("Number", int, float)

SQUARE = re.compile("([0-9]+)[x×]([0-9]+)", re.IGNORECASE)


def whole(least: int, most: int = 2**31) -> Callable[[str], int]:
    """An argparse type: a whole number in a range."""
    return _in_range(int, "whole number", least, most)


def real(least: float, most: float) -> Callable[[str], float]:
    """An argparse type: a number in a range."""
    return _in_range(float, "number", least, most)


def _in_range(
    kind: Callable[[str], Number], words: str, least: Number, most: Number
) -> Callable[[str], Number]:
    def parse(text: str) -> Number:
        try:
            number = kind(text)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a {words} {least} to {most}")
        return number

    return parse


def to_path(text: str) -> Path:
    """A path, in which ``~`` is the home folder: of ``--out=~/x`` no shell makes that.

    Raises:
        ArgumentTypeError: ``~name`` of nobody here.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r}: nobody of that name has a home here"
        ) from error


def to_run(text: str) -> str:
    """A run, which may be a folder; no experiment and no revision begins with ``~``."""
    return str(to_path(text)) if text.startswith("~") else text


def to_size(text: str) -> str:
    """A size as the settings spell it: ``64`` of ``64x64``, ``157x128`` of ``157X128``.

    Whether there is such a size, those say who look for it.
    """
    match = SQUARE.fullmatch(text)
    if not match:
        return text
    height, width = match.groups()
    return height if height == width else f"{height}x{width}"
