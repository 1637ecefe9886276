"""Image sizes as text: the names that the settings, folders and records use."""

from __future__ import annotations

import re

SMALLEST_SIDE = 16
LARGEST_SIDE = 1024
SIZE = re.compile("([1-9][0-9]{0,8})(?:x([1-9][0-9]{0,8}))?")


def parse_size(size: str) -> tuple[int, int]:
    """``"64"`` → (64, 64) and ``"157x128"`` → (157, 128): height first.

    Raises:
        ValueError: not of that form, a side out of range, or not the shortest spelling.
    """
    match = SIZE.fullmatch(size)
    if not match:
        raise ValueError('must be "N" or "HEIGHTxWIDTH", such as "64" or "157x128"')
    height, width = int(match[1]), int(match[2] or match[1])
    if match[2] and height == width:
        raise ValueError(f'write "{height}" for a square')
    if not all(SMALLEST_SIDE <= side <= LARGEST_SIDE for side in (height, width)):
        raise ValueError(f"each side must be from {SMALLEST_SIDE} to {LARGEST_SIDE}")
    return height, width


def size_name(size: tuple[int, int]) -> str:
    """(64, 64) → ``"64"``, (157, 128) → ``"157x128"``: the inverse of :func:`parse_size`."""
    height, width = size
    return str(height) if height == width else f"{height}x{width}"
