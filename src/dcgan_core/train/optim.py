"""The optimisers a setting may name."""

from collections.abc import Callable, Iterable

import torch
from torch.nn import Parameter
from torch.optim import Optimizer

from ..device.base import Device
from ..params import Train


def build_optimizer(
    device: Device, parameters: Iterable[Parameter], settings: Train, lr: float
) -> Optimizer:
    """The optimiser that ``settings.optimizer`` names, at ``lr``."""
    return OPTIMIZERS[settings.optimizer](device, parameters, settings, lr)


def load_optimizer(optimizer: Optimizer, state: dict) -> None:
    """Take up a saved state, perhaps from another device.

    How the optimiser is carried out here (fused or not, and in what layout) stays as it was
    built; moments, step counts and learning rates come from ``state``.

    Raises:
        ValueError: ``state`` is of other parameters.
    """
    own = optimizer.state_dict()["param_groups"]
    groups = [
        {**mine, "lr": theirs["lr"]}
        for mine, theirs in zip(own, state["param_groups"], strict=True)
    ]
    optimizer.load_state_dict({"state": state["state"], "param_groups": groups})
    for parameter, values in optimizer.state.items():
        for name, value in values.items():
            if not isinstance(value, torch.Tensor) or value.dim() == 0:
                continue
            if value.shape != parameter.shape:
                raise ValueError(f"{name} {[*value.shape]} of a parameter {[*parameter.shape]}")
            # In the parameter's layout, which fused kernels take for granted.
            values[name] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)


def _adamw(
    device: Device, parameters: Iterable[Parameter], settings: Train, lr: float
) -> Optimizer:
    return device.optimizer(parameters, **_adam_settings(settings, lr))


def _adam(
    _device: Device, parameters: Iterable[Parameter], settings: Train, lr: float
) -> Optimizer:
    return torch.optim.Adam(parameters, **_adam_settings(settings, lr))


def _adam_settings(settings: Train, lr: float) -> dict:
    return {
        "lr": lr,
        "betas": (settings.beta1, settings.beta2),
        "eps": settings.eps,
        "weight_decay": settings.weight_decay,
    }


def _sgd(_device: Device, parameters: Iterable[Parameter], settings: Train, lr: float) -> Optimizer:
    return torch.optim.SGD(
        parameters, lr=lr, momentum=settings.beta1, weight_decay=settings.weight_decay
    )


def _rmsprop(
    _device: Device, parameters: Iterable[Parameter], settings: Train, lr: float
) -> Optimizer:
    return torch.optim.RMSprop(
        parameters,
        lr=lr,
        alpha=settings.beta2,
        eps=settings.eps,
        momentum=settings.beta1,
        weight_decay=settings.weight_decay,
    )


OPTIMIZERS: dict[str, Callable[[Device, Iterable[Parameter], Train, float], Optimizer]] = {
    "adamw": _adamw,
    "adam": _adam,
    "sgd": _sgd,
    "rmsprop": _rmsprop,
}
"""Every optimiser that ``train.optimizer`` may name, from (device, parameters, settings, lr)."""
