"""Tensors as text: half-precision numbers in base64, each tensor with a scale of its own.

Half precision (IEEE 754 binary16) keeps 11 binary digits, which moves no pixel of a trained
generator by more than a code or so. The scale, a power of two, brings each tensor's largest value
near the top of that format's range, so that no size of weights is too large or too small for it.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .operations import Operation

TOP = 15
"""Values are scaled to below 2^15; half precision reaches 2^16."""


@dataclass(frozen=True)
class Packed:
    """Operations as a page holds them.

    Attributes:
        operations: JSON; a tensor is ``at`` and ``count`` in numbers, and ``scale``, by which each
            is to be multiplied.
        text: base64 of all numbers, low byte first.
    """

    operations: list[dict[str, Any]]
    text: str


def packed(operations: Sequence[Operation]) -> Packed:
    """All tensors one after another, each in C order."""
    parts: list[np.ndarray] = []
    listed = []
    at = 0
    for operation in operations:
        tensors = {}
        for name, values in operation.tensors.items():
            scale = scale_of(values)
            parts.append((values.ravel() / scale).astype("<f2"))
            tensors[name] = {"at": at, "count": values.size, "scale": scale}
            at += values.size
        listed.append({"kind": operation.kind, **operation.facts, "tensors": tensors})
    return Packed(listed, base64.b64encode(np.concatenate(parts).tobytes()).decode())


def text_length(operations: Sequence[Operation]) -> int:
    """Characters that :func:`packed` would need."""
    count = sum(values.size for one in operations for values in one.tensors.values())
    return 4 * math.ceil(2 * count / 3)


def scale_of(values: np.ndarray) -> float:
    """The power of two that brings the largest absolute value to between 2^14 and 2^15."""
    largest = float(np.abs(values).max(initial=0.0))
    return 2.0 ** (math.frexp(largest)[1] - TOP) if largest else 1.0
