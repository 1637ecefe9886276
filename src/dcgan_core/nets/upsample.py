"""Doubling a feature map without the checkerboard of a plain transposed convolution."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class Filter:
    """A way of doubling, along a side.

    Attributes:
        weights: what it makes of one sample among zeros.
        padding: the transposed convolution's, for an even target and for an odd one.
        output_padding: the same.
    """

    weights: tuple[float, ...]
    padding: tuple[int, int]
    output_padding: tuple[int, int]


FILTERS = {
    # An odd target has the last pixel three times.
    "nearest": Filter((1.0, 1.0), padding=(3, 3), output_padding=(0, 1)),
    # An odd target's pixels lie evenly about the input's; an even one's begin on the first.
    "bilinear": Filter((0.5, 1.0, 0.5), padding=(4, 3), output_padding=(1, 0)),
}
"""Every ``model.upsampling`` that is a doubling and then a convolution."""


class ResizeConv2d(nn.Module):
    """Nearest or bilinear doubling and then a 3×3 convolution, as one transposed convolution.

    A kernel-4 stride-2 transposed convolution gives even and odd pixels weights of their own,
    and so draws a grid of period 2 (Odena et al. 2016, "Deconvolution and Checkerboard
    Artifacts"). Both linear steps are folded here into one kernel, a function of 3×3 weights:
    the doubled map is never made, and 16 (nearest) or 25 (bilinear) products give what 36 did.
    Edges are replicated, which leaves no dark frame.

    N×in×h×w becomes N×out×H×W, where (H, W) is ``target`` and each of its sides twice the
    input's or one more.

    Args:
        doubling: a key of ``FILTERS``.

    Attributes:
        weight: in×out×3×3, as in ``nn.ConvTranspose2d``.
    """

    fold: Tensor

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        target: tuple[int, int],
        doubling: str,
        bias: bool = False,
    ):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(in_channels, out_channels, 3, 3))
        nn.init.kaiming_uniform_(self.weight, mode="fan_out")
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None
        kind = FILTERS[doubling]
        self.register_buffer("fold", _folding(kind.weights), persistent=False)
        self.side = 2 + len(kind.weights)
        odd = [side % 2 for side in target]
        self.padding = [kind.padding[o] for o in odd]
        self.output_padding = [kind.output_padding[o] for o in odd]

    def forward(self, maps: Tensor) -> Tensor:
        kernel = (self.weight.flatten(2) @ self.fold).unflatten(2, (self.side, self.side))
        return F.conv_transpose2d(
            _edged(maps), kernel, self.bias, 2, self.padding, self.output_padding
        )


def _edged(maps: Tensor) -> Tensor:
    """One pixel more on every side, replicated."""
    if torch.compiler.is_compiling():
        # The compiler takes the gradient of F.pad to be contiguous (seen with torch 2.14.1), and
        # from a channels_last map it is not.
        maps = torch.cat([maps[:, :, :1], maps, maps[:, :, -1:]], dim=2)
        return torch.cat([maps[..., :1], maps, maps[..., -1:]], dim=3)
    return F.pad(maps, (1, 1, 1, 1), mode="replicate")


def _folding(weights: tuple[float, ...]) -> Tensor:
    """9×s²: row k is the filter, in two dimensions, at tap k of a 3×3 kernel, in an s×s one."""
    # On the CPU also where a network is outlined on the meta device, where this takes seconds.
    line = torch.tensor(weights, device="cpu")
    taps = torch.eye(9, device="cpu").reshape(9, 1, 3, 3)
    return F.conv_transpose2d(taps, line.outer(line)[None, None]).flatten(1)
