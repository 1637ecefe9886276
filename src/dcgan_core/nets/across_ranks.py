"""Making a network that is a copy on each rank compute what one on the whole batch would."""

from functools import partial

import torch
from torch import Tensor, nn

from ..device.distributed import World
from .layers import MinibatchDiscrimination, MinibatchStd, NoiseInput
from .sync_norm import synchronised

COMPARING = (MinibatchStd, MinibatchDiscrimination)


class Dropout(nn.Dropout):
    """``nn.Dropout`` with this rank's rows of the whole batch's mask."""

    def __init__(self, p: float, world: World):
        super().__init__(p)
        self.world = world

    def forward(self, maps: Tensor) -> Tensor:
        if not self.training:
            return maps
        return maps * self.world.drawn_like(maps, self._mask)

    def _mask(self, whole: Tensor) -> Tensor:
        return nn.functional.dropout(torch.ones_like(whole), self.p)


def spread(network: nn.Module, world: World, sync_batch_norm: bool) -> None:
    """Let the layers that look across the batch, or draw for it, do so over all ranks.

    The state's names stay. Weights stay equal on all ranks, as they are when training begins.

    Args:
        network: changed in place.
        world: the ranks; where there is one alone, nothing is changed.
        sync_batch_norm: if not, batch norm's statistics in training are each rank's own.
    """
    if world.count == 1:
        return
    for parent in list(network.modules()):
        for name, layer in parent.named_children():
            if isinstance(layer, nn.BatchNorm2d) and sync_batch_norm:
                setattr(parent, name, synchronised(layer, world))
            elif isinstance(layer, nn.Dropout):
                setattr(parent, name, Dropout(layer.p, world))
            elif isinstance(layer, NoiseInput):
                layer.fresh = partial(world.drawn_like, draw=layer.fresh)
            elif isinstance(layer, COMPARING):
                _show_all(layer, world)


def _show_all(layer: nn.Module, world: World) -> None:
    """Let a layer that holds each image against every other get all, and keep its own rows.

    With hooks, since a module around it would rename its weights.
    """

    def gather(layer: nn.Module, maps: tuple[Tensor]) -> Tensor | None:
        return world.gather(*maps) if layer.training else None

    def share(layer: nn.Module, _maps: tuple[Tensor], out: Tensor) -> Tensor | None:
        return world.own_rows(out) if layer.training else None

    layer.register_forward_pre_hook(gather)
    layer.register_forward_hook(share)


def running_statistics(network: nn.Module) -> list[Tensor]:
    """Means and variances that batch norm keeps for eval mode."""
    return [
        tensor
        for layer in network.modules()
        if isinstance(layer, nn.BatchNorm2d)
        for tensor in (layer.running_mean, layer.running_var)
        if tensor is not None
    ]
