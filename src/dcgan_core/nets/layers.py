"""Layers that the published systems put between convolutions."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SLOPE = 0.2
DISCRIMINATION_DIMENSIONS = 5
NOISE_PATTERNS = 16
"""Two latents' noise has a correlation of about 1/√16."""
TINY = 1e-12
RENORM_BATCHES = (1000, 5000)
"""Between these, batch renormalisation's limits widen from batch norm's to its own."""
RENORM_SCALE, RENORM_SHIFT, RENORM_MOMENTUM = 3.0, 5.0, 0.01


class PixelNorm(nn.Module):
    """Divide by the root mean square over channels, at each position (Karras et al. 2018)."""

    def forward(self, maps: Tensor) -> Tensor:
        return maps * torch.rsqrt(maps.pow(2).mean(dim=1, keepdim=True) + 1e-8)


class BatchRenorm2d(nn.BatchNorm2d):
    """Batch norm that trains with what it will use in eval mode (Ioffe 2017, arXiv:1702.03275).

    The mean M and deviation S of a small batch are noise to every image in it. This layer gives
    (x − M)/S·r + d with r = S/σ and d = (M − μ)/σ, constants to the gradient, where μ and σ are
    the running statistics: it is (x − μ)/σ wherever r and d are within their limits, which begin
    at 1 and 0, batch norm itself, and widen to 3 and 5.
    """

    # The networks' layers keep them always; PyTorch's may be told not to.
    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor

    def forward(self, maps: Tensor) -> Tensor:
        if not self.training:
            return super().forward(maps)
        precise = maps.to(torch.promote_types(maps.dtype, torch.float32))
        variance, mean = torch.var_mean(precise.detach(), dim=(0, 2, 3), correction=0)
        weight, bias = self.corrected(mean, variance)
        return F.batch_norm(maps, None, None, weight, bias, training=True, eps=self.eps)

    def corrected(self, mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
        """Weight and bias, C each, for a batch with these moments, which are followed."""
        with torch.no_grad():
            start, end = RENORM_BATCHES
            width = ((self.num_batches_tracked - start) / (end - start)).clamp(0, 1).to(mean)
            largest, furthest = 1 + (RENORM_SCALE - 1) * width, RENORM_SHIFT * width
            deviation = torch.sqrt(self.running_var + self.eps)
            scale = torch.sqrt(variance + self.eps) / deviation
            scale = torch.clamp(scale, 1 / largest, largest)
            shift = (mean - self.running_mean) / deviation
            shift = torch.clamp(shift, -furthest, furthest)
            self.num_batches_tracked.add_(1)
            # A plain mean until as many batches have been seen as the running one spans.
            share = (1 / self.num_batches_tracked.to(mean)).clamp(min=RENORM_MOMENTUM)
            self.running_mean.lerp_(mean, share)
            self.running_var.lerp_(variance, share)
        own_weight, own_bias = affine_of(self)
        return own_weight * scale, own_bias + own_weight * shift


def affine_of(layer: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """The layer's weight and bias, C each; 1 and 0 where it has none."""
    if layer.affine:
        return layer.weight, layer.bias
    assert layer.running_mean is not None
    return torch.ones_like(layer.running_mean), torch.zeros_like(layer.running_mean)


def normal_like(rows: Tensor) -> Tensor:
    """N(0, 1) of the shape, type and device of ``rows``, from PyTorch's global generator."""
    # An HPU has no such operation and would fall back to the CPU for it in the midst of a graph.
    where = torch.device("cpu") if rows.device.type == "hpu" else rows.device
    # Not randn_like, whose numbers depend on how the rows lie in memory.
    return torch.randn(rows.shape, dtype=rows.dtype, device=where).to(rows.device)


class NoiseInput(nn.Module):
    """Add noise, times a learnt strength of each channel (Karras et al. 2019, arXiv:1812.04948).

    Texture then needs no latent to describe it. In training each image has noise of its own. In
    eval mode its noise is a mixture of patterns that are kept with the weights, in shares that its
    latent tells, so that an image depends on its latent alone and yet has specks of its own, which
    move smoothly where a latent does.

    Attributes:
        strength: C×1×1, 0 at first.
        patterns: K×H×W, drawn where initial weights are.
        fresh: from rows N×1×H×W to noise of their shape and type; replaced where several ranks
            share one draw.
        alike: whether all images have the first one's noise in eval mode; see :func:`noise_alike`.
    """

    patterns: Tensor

    def __init__(self, channels: int, height: int, width: int):
        super().__init__()
        self.strength = nn.Parameter(torch.zeros(channels, 1, 1))
        self.register_buffer("patterns", torch.zeros(NOISE_PATTERNS, height, width))
        self.fresh: Callable[[Tensor], Tensor] = normal_like
        self.alike = False

    def forward(self, maps: Tensor, latents: Tensor) -> Tensor:
        if self.training:
            noise = self.fresh(maps[:, :1])
        else:
            noise = self._mixed(latents[:1] if self.alike else latents)
        return maps + (self.strength * noise).to(maps.dtype)

    def _mixed(self, latents: Tensor) -> Tensor:
        """N×nz to noise N×1×H×W: the patterns in shares whose squares add up to 1."""
        told = latents[:, : len(self.patterns)].to(self.patterns)
        shares = told / torch.linalg.vector_norm(told, dim=1, keepdim=True).clamp(min=TINY)
        mixed = shares @ self.patterns[: told.shape[1]].flatten(1)
        return mixed.unflatten(1, (1, *self.patterns.shape[1:]))


@contextmanager
def noise_alike(network: nn.Module) -> Iterator[None]:
    """Give all images of a batch the same noise in eval mode: they differ by what latents do alone.

    Otherwise a generator that makes one picture of every latent would seem to make many.
    """
    layers = [layer for layer in network.modules() if isinstance(layer, NoiseInput)]
    for layer in layers:
        layer.alike = True
    try:
        yield
    finally:
        for layer in layers:
            layer.alike = False


class MinibatchStd(nn.Module):
    """Add one map: how much the group's features vary, averaged (Karras et al. 2018).

    N×C×h×w becomes N×(C+1)×h×w. Groups have four images, or as many as divide the batch.
    """

    def forward(self, maps: Tensor) -> Tensor:
        count = len(maps)
        group = next(size for size in (4, 3, 2, 1) if count % size == 0)
        grouped = maps.float().unflatten(0, (group, count // group))
        deviation = (grouped.var(dim=0, unbiased=False) + 1e-8).sqrt().mean(dim=(1, 2, 3))
        added = deviation.repeat(group).view(count, 1, 1, 1).to(maps.dtype)
        return torch.cat([maps, added.expand(-1, -1, *maps.shape[2:])], dim=1)


class MinibatchDiscrimination(nn.Module):
    """Add maps that say how near each image lies to the rest (Salimans et al. 2016).

    N×C×h×w becomes N×(C+kernels)×h×w: o(x_i)_b = Σ_{j≠i} exp(−‖M_ib − M_jb‖₁).
    """

    def __init__(self, features: int, kernels: int):
        super().__init__()
        self.kernels = kernels
        self.project = nn.Linear(features, kernels * DISCRIMINATION_DIMENSIONS, bias=False)

    def forward(self, maps: Tensor) -> Tensor:
        rows = self.project(maps.flatten(1)).float().unflatten(1, (self.kernels, -1))
        distances = (rows[:, None] - rows[None]).abs().sum(dim=3)
        # Each image's distance to itself is 0 and adds exactly 1.
        near = torch.exp(-distances).sum(dim=1) - 1
        near = near.to(maps.dtype)[:, :, None, None]
        return torch.cat([maps, near.expand(-1, -1, *maps.shape[2:])], dim=1)


@dataclass(frozen=True, kw_only=True)
class Norm:
    """All that the networks ask about one kind of normalisation.

    Attributes:
        layers: from a number of channels to the layers put after a convolution.
        shifts: whether those add a learnt shift to every channel, so that the convolution's
            bias would do nothing.
        spectral: whether the convolution's weight is divided by its largest singular value.
        across_batch: whether an image's values depend on the other images of its batch.
    """

    layers: Callable[[int], list[nn.Module]]
    shifts: bool
    spectral: bool
    across_batch: bool


NORMS = {
    "batch": Norm(
        layers=lambda channels: [nn.BatchNorm2d(channels)],
        shifts=True,
        spectral=False,
        across_batch=True,
    ),
    "renorm": Norm(
        layers=lambda channels: [BatchRenorm2d(channels)],
        shifts=True,
        spectral=False,
        across_batch=True,
    ),
    "layer": Norm(
        layers=lambda channels: [nn.GroupNorm(1, channels)],
        shifts=True,
        spectral=False,
        across_batch=False,
    ),
    "instance": Norm(
        layers=lambda channels: [nn.InstanceNorm2d(channels, affine=True)],
        shifts=True,
        spectral=False,
        across_batch=False,
    ),
    "pixel": Norm(
        layers=lambda channels: [PixelNorm()], shifts=False, spectral=False, across_batch=False
    ),
    "spectral": Norm(layers=lambda channels: [], shifts=False, spectral=True, across_batch=False),
    "spectral+batch": Norm(
        layers=lambda channels: [nn.BatchNorm2d(channels)],
        shifts=True,
        spectral=True,
        across_batch=True,
    ),
    "none": Norm(layers=lambda channels: [], shifts=False, spectral=False, across_batch=False),
}
"""Every norm that ``model.norm_g`` or ``model.norm_d`` may name."""

NORM_LAYERS = (nn.BatchNorm2d, nn.GroupNorm, nn.InstanceNorm2d)
"""The layers of ``NORMS`` that have a weight and a bias."""

ACTIVATIONS = {
    "relu": lambda: nn.ReLU(inplace=True),
    "leaky_relu": lambda: nn.LeakyReLU(SLOPE, inplace=True),
    "selu": lambda: nn.SELU(inplace=True),
}
"""Every activation that ``model.activation_g`` or ``model.activation_d`` may name, made afresh."""
