"""Which execution a setting means on a device, and what stands in the way of graphs."""

from collections.abc import Callable, Sequence

from torch import nn

from ...device.base import Device
from ...device.distributed import World
from ...errors import UserError
from ...params import Params
from ..optim import OPTIMIZERS
from ..stabilise.augment import AUGMENTATIONS
from .eager import Body, Buffered, Eager
from .graphs import Graphs

HINDRANCES: tuple[tuple[Callable[[Params], bool], str], ...] = (
    (
        lambda params: params.train.compile,
        "train.compile, whose compiler records its own pieces",
    ),
    (
        lambda params: not OPTIMIZERS[params.train.optimizer].captured,
        "train.optimizer = {0.train.optimizer}, which keeps its learning rate on the host",
    ),
    (
        lambda params: params.train.loader != "pack",
        "train.loader = {0.train.loader}",
    ),
    (
        lambda params: AUGMENTATIONS[params.stabilise.augment].adaptive,
        "stabilise.augment = {0.stabilise.augment}, which reads its probability off the logits",
    ),
    (
        lambda params: params.stabilise.replay > 0,
        "stabilise.replay, whose pool of fakes grows",
    ),
    (
        lambda params: params.stabilise.noise > 0 and params.stabilise.noise_until > 0,
        "stabilise.noise_until, which changes the noise at every step",
    ),
)
"""What the settings hold that a recorded step cannot: whether they do, and what to call it."""


def hindrances(params: Params, world: World) -> list[str]:
    """What keeps a training's steps from being recorded, each with its setting's name."""
    found = [words.format(params) for holds, words in HINDRANCES if holds(params)]
    return [*found, *(["several processes"] if world.count > 1 else [])]


def choose(
    params: Params, device: Device, world: World, body: Body, networks: Sequence[nn.Module]
) -> Eager:
    """The execution that ``train.execution`` means here.

    Args:
        params: all settings.
        device: where the step's tensors are.
        world: the ranks that share it.
        body: a whole step.
        networks: what it changes the weights of.

    Raises:
        UserError: graphs are asked for, and the device or the settings do not allow them.
    """
    wanted = params.train.execution
    if not device.captures:
        if wanted == "graph":
            raise UserError(
                f"train.execution = graph needs an NVIDIA GPU, and this is device {device.name}. "
                "Set it to auto."
            )
        return Eager(body)
    in_the_way = "; ".join(hindrances(params, world))
    if in_the_way and wanted == "graph":
        raise UserError(
            f"train.execution = graph: steps cannot be recorded with {in_the_way}. Change that, or "
            "set train.execution to auto."
        )
    if wanted == "eager" or in_the_way:
        return Eager(body, in_the_way) if in_the_way else Buffered(body, device.device)
    return Graphs(body, device.device, networks, required=wanted == "graph")
