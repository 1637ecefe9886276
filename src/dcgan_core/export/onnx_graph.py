"""A generator as an ONNX graph: latents, and of a conditional one classes, to images.

The noise inputs of a generator depend on its latents alone in eval mode, so that they are part of
the graph and no input of it.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import UserError
from ..files import writing
from ..nets import Generator
from ..optional import require
from ..sample.latents import draw_latents

OPSET = 17
LATENTS, CLASSES, IMAGES, BATCH = "latents", "classes", "images", "batch"
TOLERANCE = 1e-4
"""Largest difference from PyTorch, on a scale of [-1,1]: an eightieth of a code."""
CHECKED = (1, 3, 64)
"""Batch sizes that are compared; none is the one that the graph was traced with."""
TRACED = 2
SEED = 0


def write_onnx(target: Path, generator: Generator, facts: Mapping[str, Any]) -> float | None:
    """Write the graph, any number of images at a time, after comparing it with PyTorch.

    Args:
        target: the file.
        generator: in eval mode, on the CPU.
        facts: kept in the file as ``metadata_props``, as JSON texts.

    Returns:
        The largest difference from PyTorch on a scale of [-1,1]; None without onnxruntime.

    Raises:
        UserError: the package onnx is not installed, the graph's images are not PyTorch's, or the
            file cannot be written.
    """
    onnx = require("onnx", "onnx", "dcgan export --onnx")
    with writing(target) as part:
        _trace(generator, part)
        model = onnx.load(part)
        _complete(model, generator, facts)
        content = model.SerializeToString()
        difference = _difference(content, generator) if find_spec("onnxruntime") else None
        if difference is not None and not difference <= TOLERANCE:
            raise UserError(
                f"{target}: not written, since onnxruntime's images differ from PyTorch's by "
                f"{difference:.2g} of [-1,1], and {TOLERANCE:g} is allowed. Try other versions of "
                "torch, onnx and onnxruntime."
            )
        part.write_bytes(content)
    return difference


def _trace(generator: Generator, target: Path) -> None:
    inputs = _inputs(generator, TRACED)
    with warnings.catch_warnings():
        # This way of exporting is an older one; the newer needs one package more, onnxscript.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _plain(generator),
            tuple(inputs.values()),
            target,
            input_names=[*inputs],
            output_names=[IMAGES],
            dynamic_axes={name: {0: BATCH} for name in (*inputs, IMAGES)},
            opset_version=OPSET,
            dynamo=False,
        )


def _complete(model: Any, generator: Generator, facts: Mapping[str, Any]) -> None:
    """Say what the graph's images are, and what is known of the generator."""
    import onnx

    # Where edges are replicated, the exporter takes the height for another batch size.
    sides = (BATCH, generator.channels, generator.height, generator.width)
    (found,) = model.graph.output
    kind = onnx.TensorProto.FLOAT
    found.CopyFrom(onnx.helper.make_tensor_value_info(IMAGES, kind, sides))
    told = {name: json.dumps(value, ensure_ascii=False) for name, value in facts.items()}
    onnx.helper.set_model_props(model, told)
    onnx.checker.check_model(model, full_check=True)


def _plain(generator: Generator) -> nn.Module:
    """The same with weights that are functions of others as what they come to.

    In eval mode nothing changes them any more.
    """
    sides = (generator.height, generator.width, generator.channels)
    plain = Generator(*sides, generator.model, generator.classes)
    state = {}
    for name in plain.state_dict():
        layer, _, tensor = name.rpartition(".")
        state[name] = getattr(generator.get_submodule(layer), tensor)
    plain.load_state_dict(state)
    return plain.eval().requires_grad_(False)


def _inputs(generator: Generator, count: int) -> dict[str, Tensor]:
    inputs = {LATENTS: draw_latents(count, generator.latent_length, SEED)}
    if generator.classes:
        inputs[CLASSES] = generator.classes.first(count)
    return inputs


def _difference(content: bytes, generator: Generator) -> float:
    runtime = require("onnxruntime", "onnxruntime", "checking an ONNX file")
    session = runtime.InferenceSession(content, providers=["CPUExecutionProvider"])
    worst = 0.0
    for count in CHECKED:
        inputs = _inputs(generator, count)
        with torch.no_grad():
            expected = generator(inputs[LATENTS], inputs.get(CLASSES)).numpy()
        fed = {name: values.numpy() for name, values in inputs.items()}
        (images,) = session.run([IMAGES], fed)
        # Not max() of the two, which drops what is no number.
        worst = float(np.maximum(worst, np.abs(images - expected).max()))
    return worst
