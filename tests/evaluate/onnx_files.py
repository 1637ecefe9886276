"""ONNX files written field by field, so that tests need no other library to make them.

Field numbers are those of onnx.proto3; https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3
"""

from pathlib import Path

import numpy as np

FLOAT, UINT8 = 1, 2


def _varint(value: int) -> bytes:
    digits = []
    while value > 127:
        digits.append(value & 127 | 128)
        value >>= 7
    return bytes([*digits, value])


def _field(number: int, content: int | str | bytes) -> bytes:
    if isinstance(content, int):
        return _varint(number << 3) + _varint(content)
    data = content.encode() if isinstance(content, str) else content
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _pair(key: str, value: str) -> bytes:
    return _field(1, key) + _field(2, value)


def value_info(name: str, shape: list[int | str], kind: int) -> bytes:
    """An input or output; a side that is text is free."""
    sides = b"".join(_field(1, _field(2 if isinstance(s, str) else 1, s)) for s in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, sides)))


def node(operator: str, inputs: list[str], output: str, **whole: int) -> bytes:
    """A node whose attributes are whole numbers."""
    attributes = b"".join(
        _field(5, _field(1, name) + _field(3, value) + _field(20, 2))
        for name, value in whole.items()
    )
    named = b"".join(_field(1, name) for name in inputs)
    return named + _field(2, output) + _field(4, operator) + attributes


def tensor(name: str, values: np.ndarray, elsewhere: str = "") -> bytes:
    """Float weights in the file, or in the file ``elsewhere``."""
    shape = b"".join(_field(1, side) for side in values.shape)
    head = shape + _field(2, FLOAT) + _field(8, name)
    if elsewhere:
        places = {"location": elsewhere, "offset": "0", "length": str(values.nbytes)}
        return head + b"".join(_field(13, _pair(*p)) for p in places.items()) + _field(14, 1)
    return head + _field(9, values.astype("<f4").tobytes())


def write_onnx(
    path: Path,
    inputs: list[bytes],
    nodes: list[bytes],
    outputs: list[bytes],
    weights: tuple[bytes, ...] = (),
    metadata: dict[str, str] | None = None,
) -> Path:
    """A model of operator set 13, whose lists are as :func:`value_info` and others make them."""
    graph = b"".join(_field(1, n) for n in nodes) + _field(2, "test")
    graph += b"".join(_field(5, w) for w in weights)
    graph += b"".join(_field(11, i) for i in inputs) + b"".join(_field(12, o) for o in outputs)
    told = b"".join(_field(14, _pair(*item)) for item in (metadata or {}).items())
    path.write_bytes(_field(1, 7) + _field(7, graph) + _field(8, _field(2, 13)) + told)
    return path
