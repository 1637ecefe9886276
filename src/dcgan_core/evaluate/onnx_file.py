"""A network in an ONNX file: opened as it was hashed, whole, with one input and one output.

Formats: onnx.proto3 of https://github.com/onnx/onnx, in the encoding of Protocol Buffers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..errors import UserError
from ..optional import require

OUTPUT = "features"
"""The output that counts in a file with several."""
REMEDY = "Export the network again, with docs/extractors.md, or name another file."
LARGEST = 2 << 30
"""Bytes; Protocol Buffers allow no more."""

PARTS = {
    "model": {7: "graph", 25: "function"},
    "function": {7: "node"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
"""The messages that lead to tensors: field numbers, and what is in each."""
DATA_LOCATION = 14


@dataclass(frozen=True)
class OnnxFile:
    """An opened network.

    Attributes:
        path: the file, for messages.
        sha256: of the bytes that the network was opened from.
        session: onnxruntime's.
        input, shape, type: of the one input the name, the sides (texts or None where they are
            free) and the type, in onnxruntime's words.
        output: the name of the output that holds the features.
        metadata: the file's ``metadata_props``.
        runtime: onnxruntime's version.
    """

    path: str
    sha256: str
    session: Any
    input: str
    shape: list[int | str | None]
    type: str
    output: str
    metadata: dict[str, str]
    runtime: str


def open_onnx(path: str, sha256: str) -> OnnxFile:
    """Open a file that has one input and one output, or one called ``features``, for the CPU.

    Args:
        path: the file.
        sha256: of the file, 64 hex digits.

    Raises:
        UserError: it is missing, has another hash, is damaged, keeps weights in other files, has
            other inputs or outputs, or onnxruntime is not installed.
    """
    runtime = require("onnxruntime", "onnxruntime", "fidelity.extractor: onnx")
    content = _read(path, sha256)
    try:
        if _has_external_weights(content):
            raise UserError(
                f"{path}: keeps weights in other files, which its hash does not cover. Save it as "
                "one file (onnx.save with save_as_external_data=False)."
            )
    except ValueError as error:
        raise UserError(f"{path}: not a whole ONNX file ({error}). {REMEDY}") from error
    options = runtime.SessionOptions()
    # Its own reports go to the screen; what matters of them is in the error.
    options.log_severity_level = 4
    options.intra_op_num_threads = torch.get_num_threads()
    try:
        session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        # Read here, as names in a damaged file may be no text.
        inputs = [(one.name, [*one.shape], one.type) for one in session.get_inputs()]
        outputs = [one.name for one in session.get_outputs()]
        metadata = session.get_modelmeta().custom_metadata_map
    except Exception as error:
        # The runtime has a class of errors of its own for every kind of failure.
        raise UserError(
            f"{path}: onnxruntime cannot use it ({one_line(error)}). {REMEDY}"
        ) from error
    if len(inputs) != 1:
        names = ", ".join(name for name, _, _ in inputs)
        raise UserError(f"{path}: has {len(inputs)} inputs ({names}), not one. {REMEDY}")
    if len(outputs) > 1 and OUTPUT not in outputs:
        raise UserError(
            f"{path}: has outputs {', '.join(outputs)}, and none is called {OUTPUT}. {REMEDY}"
        )
    output = OUTPUT if OUTPUT in outputs else outputs[0]
    return OnnxFile(path, sha256, session, *inputs[0], output, metadata, runtime.__version__)


def one_line(error: Exception) -> str:
    """An error of onnxruntime's in few words."""
    words = " ".join(str(error).split())
    return words if len(words) <= 200 else f"{words[:200]}..."


def _read(path: str, sha256: str) -> bytes:
    """The file's bytes.

    Raises:
        UserError: it is missing, too large, or has another hash.
    """
    file = Path(path)
    if not file.is_file():
        raise UserError(f"{path}: no such file (fidelity.extractor_path in params.yaml).")
    if (size := file.stat().st_size) > LARGEST:
        raise UserError(f"{path}: has {size} bytes; an ONNX file has at most {LARGEST}. {REMEDY}")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}).") from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise UserError(
            f"{path}: its sha256 is {found}, but fidelity.extractor_sha256 is {sha256}. "
            "Bring the file back; or, if it is the one you mean, write its sha256 there."
        )
    return content


def _has_external_weights(content: bytes) -> bool:
    """Whether any tensor's data are in another file.

    Not left to onnxruntime: it reads such files, some versions of it from anywhere.

    Raises:
        ValueError: this is no message of Protocol Buffers.
    """
    todo = [("model", memoryview(content))]
    while todo:
        kind, message = todo.pop()
        for number, value in _fields(message):
            if kind == "tensor" and number == DATA_LOCATION and value == 1:
                return True
            if number in PARTS[kind]:
                if isinstance(value, int):
                    raise ValueError(f"field {number} of a {kind} is a number")
                todo.append((PARTS[kind][number], value))
    return False


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """The number and content of each field; of those of fixed length 0 stands for the content.

    Raises:
        ValueError: the message is not whole.
    """
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            whole, place = _varint(message, place)
            yield number, whole
            continue
        if wire == 2:
            length, place = _varint(message, place)
        else:
            length = {1: 8, 5: 4}.get(wire, -1)
        if number == 0 or length < 0 or place + length > len(message):
            raise ValueError(f"no field at byte {place} of {len(message)}")
        yield number, message[place : place + length] if wire == 2 else 0
        place += length


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """The whole number at ``place``, and the place after it.

    Raises:
        ValueError: there is none.
    """
    value = 0
    for count, byte in enumerate(message[place : place + 10]):
        value |= (byte & 127) << 7 * count
        if byte < 128:
            return value, place + count + 1
    raise ValueError(f"no number at byte {place} of {len(message)}")
