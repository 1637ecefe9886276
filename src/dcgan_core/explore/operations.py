"""A generator in eval mode as a flat list of operations, each so simple that any language runs it.

Maps are H×W×C, channels last. Batch norms are folded into the weights before them, which is exact
in eval mode; weights that are functions of others, by spectral norm or an equalised learning rate,
are what they come to.

- ``linear``: out[j] = bias[j] + Σ_i latent[i]·weight[i, j]; the result is the first map.
- ``conv``: a transposed convolution. Output row y gets input row i through the kernel's row t
  wherever y + shift = stride·i + t, and columns likewise; outside the input are zeros, or its own
  edge. ``filter``, where there is one, is a doubling's: the kernel is ``weight`` convolved with
  filter ⊗ filter. A plain convolution is one of stride 1 with its kernel turned.
- ``noise``: adds strength[c]·Σ_k share[k]·patterns[k, y, x], where the shares are the latent's
  first values, as many as there are patterns, divided by their Euclidean norm; nothing where they
  are 0.
- ``norm``: to mean 0 and deviation 1 over the whole map (``layer``) or each channel
  (``instance``), or to root mean square 1 over the channels (``pixel``); then times ``weight``
  plus ``bias``, where there are any.
- ``classes``: times gain[k, c] plus bias[k, c] for an image of class k.
- ``relu``, ``leaky_relu`` with its slope, ``selu``, ``tanh``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor, nn

from ..nets import Generator
from ..nets.conditional import ClassAffine
from ..nets.layers import NoiseInput, PixelNorm
from ..nets.upsample import FILTERS, ResizeConv2d

PIXEL_NORM_EPS = 1e-8

Array = npt.NDArray[np.float64]


@dataclass
class Operation:
    """One step.

    Attributes:
        kind: its name in the list above.
        facts: shapes and constants, as JSON has them.
        tensors: float64 by name; kernels are rows×columns×outputs×inputs.
    """

    kind: str
    facts: dict[str, Any] = field(default_factory=dict)
    tensors: dict[str, Array] = field(default_factory=dict)


def operations(generator: Generator) -> list[Operation]:
    """What turns a latent of length nz into a map H×W×C of values in [-1,1].

    Args:
        generator: in eval mode.

    Raises:
        ValueError: the generator is in train mode.
        TypeError: it has a layer that is none of this project's.
    """
    if generator.training:
        raise ValueError("a generator is exported in eval mode")
    listing = _Listing(generator.model.upsampling)
    for layer in (*listing.base(generator.base), *generator.layers):
        listing.add(layer)
    return listing.found


class _Listing:
    """The operations so far, and the shape of the map after them."""

    def __init__(self, upsampling: str):
        self.found: list[Operation] = []
        self._upsampling = upsampling
        self._size, self._channels = (0, 0), 0

    def base(self, layers: nn.Sequential) -> list[nn.Module]:
        """Take in the layers that make the first map; those that are left are usual ones."""
        first, second, *rest = list(layers)
        if isinstance(first, nn.Linear):
            assert isinstance(second, nn.Unflatten)
            channels, height, width = second.unflattened_size
            weight = _array(first.weight).T.reshape(-1, channels, height, width)
            bias = _array(first.bias).reshape(channels, height, width).transpose(1, 2, 0)
        else:
            assert isinstance(second, nn.ConvTranspose2d)
            weight = _array(second.weight)
            _, channels, height, width = weight.shape
            bias = np.broadcast_to(_bias(second, channels), (height, width, channels))
        self._size, self._channels = (height, width), channels
        weight = weight.transpose(0, 2, 3, 1)
        self.found.append(Operation("linear", {}, {"weight": weight, "bias": bias}))
        return rest

    def add(self, layer: nn.Module) -> None:
        """Append what one layer does."""
        if isinstance(layer, nn.BatchNorm2d):
            self._fold(layer)
        elif isinstance(layer, nn.Conv2d):
            self._plain(layer)
        elif isinstance(layer, nn.ConvTranspose2d | ResizeConv2d):
            self._doubling(layer)
        elif isinstance(layer, NoiseInput):
            parts = {"strength": _array(layer.strength).ravel(), "patterns": _array(layer.patterns)}
            self.found.append(Operation("noise", {"count": len(layer.patterns)}, parts))
        elif isinstance(layer, ClassAffine):
            parts = {"gain": _array(layer.weight), "bias": _array(layer.bias)}
            self.found.append(Operation("classes", {"channels": self._channels}, parts))
        elif isinstance(layer, nn.GroupNorm | nn.InstanceNorm2d | PixelNorm):
            self.found.append(self._norm(layer))
        else:
            self.found.append(_activation(layer))

    def _plain(self, layer: nn.Conv2d) -> None:
        weight = _array(layer.weight).transpose(2, 3, 0, 1)[::-1, ::-1]
        shift = [
            side - 1 - padding for side, padding in zip(weight.shape, _pair(layer), strict=False)
        ]
        facts = {"stride": 1, "edge": False, "filter": None, "shift": shift}
        self._convolution(facts, weight, _bias(layer, weight.shape[2]), self._size)

    def _doubling(self, layer: nn.ConvTranspose2d | ResizeConv2d) -> None:
        weight = _array(layer.weight).transpose(2, 3, 1, 0)
        resizes = isinstance(layer, ResizeConv2d)
        kernel = [layer.side] * 2 if isinstance(layer, ResizeConv2d) else layer.kernel_size
        height, width = (
            2 * (side + 2 * resizes - 1) - 2 * padding + across + more
            for side, padding, across, more in zip(
                self._size, _pair(layer), kernel, layer.output_padding, strict=True
            )
        )
        # The input of a resizing one begins a replicated pixel, two of its output's, earlier.
        shift = [padding - 2 * resizes for padding in _pair(layer)]
        filtered = list(FILTERS[self._upsampling].weights) if resizes else None
        facts = {"stride": 2, "edge": resizes, "filter": filtered, "shift": shift}
        self._convolution(facts, weight, _bias(layer, weight.shape[2]), (height, width))

    def _convolution(
        self, facts: dict[str, Any], weight: Array, bias: Array, size: tuple[int, int]
    ) -> None:
        *kernel, outputs, inputs = weight.shape
        facts |= {"from": list(self._size), "size": list(size), "kernel": kernel}
        facts |= {"inputs": inputs, "channels": outputs}
        self.found.append(Operation("conv", facts, {"weight": weight, "bias": bias}))
        self._size, self._channels = size, outputs

    def _norm(self, layer: nn.GroupNorm | nn.InstanceNorm2d | PixelNorm) -> Operation:
        facts: dict[str, Any] = {"channels": self._channels}
        if isinstance(layer, PixelNorm):
            return Operation("norm", {**facts, "over": "pixel", "eps": PIXEL_NORM_EPS})
        over = "layer" if isinstance(layer, nn.GroupNorm) else "instance"
        parts = {}
        if layer.weight is not None:
            parts = {"weight": _array(layer.weight), "bias": _array(layer.bias)}
        return Operation("norm", {**facts, "over": over, "eps": layer.eps}, parts)

    def _fold(self, layer: nn.BatchNorm2d) -> None:
        assert layer.running_mean is not None
        assert layer.running_var is not None
        gain = 1 / np.sqrt(_array(layer.running_var) + layer.eps)
        shift = -_array(layer.running_mean) * gain
        if layer.affine:
            gain, shift = gain * _array(layer.weight), shift * _array(layer.weight)
            shift = shift + _array(layer.bias)
        place = -1
        if self.found[place].kind == "noise":
            noise = self.found[place].tensors
            noise["strength"] = noise["strength"] * gain
            place = -2
        tensors = self.found[place].tensors
        # A kernel has its outputs before its inputs, a linear layer's weight has them last.
        along = gain if self.found[place].kind == "linear" else gain[:, None]
        tensors["weight"] = tensors["weight"] * along
        tensors["bias"] = tensors["bias"] * gain + shift


def _activation(layer: nn.Module) -> Operation:
    if isinstance(layer, nn.LeakyReLU):
        return Operation("leaky_relu", {"slope": layer.negative_slope})
    for kind, name in ((nn.ReLU, "relu"), (nn.SELU, "selu"), (nn.Tanh, "tanh")):
        if isinstance(layer, kind):
            return Operation(name)
    raise TypeError(f"{type(layer).__name__} is no layer of a generator of this project")


def _pair(layer: nn.Conv2d | nn.ConvTranspose2d | ResizeConv2d) -> list[int]:
    return [int(padding) for padding in layer.padding]


def _array(tensor: Tensor) -> Array:
    return tensor.detach().cpu().double().numpy()


def _bias(layer: nn.Conv2d | nn.ConvTranspose2d | ResizeConv2d, channels: int) -> Array:
    return np.zeros(channels) if layer.bias is None else _array(layer.bias)
