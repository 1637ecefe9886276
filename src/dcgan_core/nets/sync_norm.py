"""Batch normalisation over the images of all ranks, on any device and differentiable twice."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..device.distributed import World
from . import layers


class BatchNorm2d(nn.BatchNorm2d):
    """``nn.BatchNorm2d`` of the whole batch, of which every rank holds an equal share.

    Takes the place of such a layer: the same parameters, buffers and names in the state. It also
    bears its name, by which ``gradients.csv`` calls layers. In eval mode it is the same layer.

    What the local normalisation gives, x̂ = (x − m)/s with this rank's mean m and deviation s, is
    x̂·s/S + (m − M)/S over the whole batch with mean M and deviation S. So one call of PyTorch's
    own kernel with weight w·s/S and bias b + w·(m − M)/S is exact, and only 2·C numbers a rank
    are exchanged.

    Args:
        layer: whose place it takes; its tensors are shared.
        world: the ranks, more than one.
    """

    # The networks' layers keep them always; PyTorch's may be told not to.
    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor
    momentum: float

    def __init__(self, layer: nn.BatchNorm2d, world: World):
        super().__init__(layer.num_features, layer.eps, layer.momentum, layer.affine)
        self.weight, self.bias = layer.weight, layer.bias
        for name, buffer in layer.named_buffers():
            setattr(self, name, buffer)
        self.train(layer.training)
        self.world = world

    def forward(self, maps: Tensor) -> Tensor:
        if not self.training:
            return super().forward(maps)
        precise = maps.to(torch.promote_types(maps.dtype, torch.float32))
        own_variance, own_mean = torch.var_mean(precise, dim=(0, 2, 3), correction=0)
        moments = self.world.gather(torch.stack([own_mean, own_variance])[None])
        means, variances = moments.unbind(dim=1)
        mean = means.mean(dim=0)
        variance = (variances + (means - mean).square()).mean(dim=0)
        count = maps.numel() // maps.shape[1] * self.world.count
        weight, bias = self._corrected(mean, variance, count)
        scale = weight * torch.rsqrt(variance + self.eps)
        weight = scale * torch.sqrt(own_variance + self.eps)
        bias = bias + scale * (own_mean - mean)
        return F.batch_norm(maps, None, None, weight, bias, training=True, eps=self.eps)

    def _corrected(self, mean: Tensor, variance: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """Follow the moments of ``count`` values a channel; weight and bias for this batch."""
        with torch.no_grad():
            self.num_batches_tracked.add_(1)
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * (count / (count - 1)), self.momentum)
        return layers.affine_of(self)


class BatchRenorm2d(BatchNorm2d, layers.BatchRenorm2d):
    """The same for batch renormalisation, whose correction is of the whole batch's moments."""

    def _corrected(self, mean: Tensor, variance: Tensor, count: int) -> tuple[Tensor, Tensor]:
        return self.corrected(mean, variance)


def synchronised(layer: nn.BatchNorm2d, world: World) -> BatchNorm2d:
    """The layer that takes ``layer``'s place."""
    return SYNCHRONISED[type(layer)](layer, world)


SYNCHRONISED = {nn.BatchNorm2d: BatchNorm2d, layers.BatchRenorm2d: BatchRenorm2d}
