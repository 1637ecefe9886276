"""The operations of a page by their definitions: float64, one output after another, no tricks."""

from __future__ import annotations

import numpy as np
from scipy.signal import convolve


def run(operations, latent: np.ndarray, of: int = 0) -> np.ndarray:
    """H×W×C from a latent of length nz and a class."""
    found = latent
    for operation in operations:
        parts = {**operation.facts, **operation.tensors, "latent": latent}
        found = STEPS[operation.kind](found, parts, of)
    return found


def _linear(latent, parts, _):
    return np.tensordot(latent, parts["weight"], 1) + parts["bias"]


def _conv(found, parts, _):
    kernel, (height, width) = parts["weight"], parts["size"]
    if parts["filter"]:
        twice = np.outer(parts["filter"], parts["filter"])[:, :, None, None]
        kernel = convolve(kernel, twice)
    result = np.zeros((height, width, parts["channels"])) + parts["bias"]
    for row in range(kernel.shape[0]):
        down, above = _meets(parts, 0, row, found.shape[0])
        for column in range(kernel.shape[1]):
            right, left = _meets(parts, 1, column, found.shape[1])
            result[np.ix_(down, right)] += found[np.ix_(above, left)] @ kernel[row, column].T
    return result


def _meets(parts, axis, tap, length):
    """Outputs along a side that this tap of the kernel leads to, and their inputs."""
    outputs = np.arange(parts["size"][axis])
    outputs = outputs[(outputs + parts["shift"][axis] - tap) % parts["stride"] == 0]
    inputs = (outputs + parts["shift"][axis] - tap) // parts["stride"]
    if parts["edge"]:
        return outputs, inputs.clip(0, length - 1)
    inside = (inputs >= 0) & (inputs < length)
    return outputs[inside], inputs[inside]


def _noise(found, parts, _):
    told = parts["latent"][: len(parts["patterns"])]
    shares = told / np.linalg.norm(told)
    pattern = np.tensordot(shares, parts["patterns"][: len(shares)], 1)
    return found + parts["strength"] * pattern[:, :, None]


def _norm(found, parts, _):
    if parts["over"] == "pixel":
        return found / np.sqrt((found**2).mean(axis=2, keepdims=True) + parts["eps"])
    axes = (0, 1, 2) if parts["over"] == "layer" else (0, 1)
    middle = found - found.mean(axis=axes, keepdims=True)
    found = middle / np.sqrt(found.var(axis=axes, keepdims=True) + parts["eps"])
    return found * parts["weight"] + parts["bias"] if "weight" in parts else found


def _classes(found, parts, of):
    return found * parts["gain"][of] + parts["bias"][of]


def _selu(found, *_):
    return 1.0507009873554805 * np.where(found > 0, found, 1.6732632423543772 * np.expm1(found))


STEPS = {
    "linear": _linear,
    "conv": _conv,
    "noise": _noise,
    "norm": _norm,
    "classes": _classes,
    "relu": lambda found, *_: np.maximum(found, 0),
    "leaky_relu": lambda found, parts, _: np.where(found > 0, found, parts["slope"] * found),
    "selu": _selu,
    "tanh": lambda found, *_: np.tanh(found),
}
