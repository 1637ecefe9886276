"""The optimisers a setting may name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch.nn import Parameter
from torch.optim import Optimizer

from ..device.base import Device, changed
from ..params import Train


def build_optimizer(
    device: Device, parameters: Iterable[Parameter], settings: Train, lr: float
) -> Optimizer:
    """The optimiser that ``settings.optimizer`` names, at ``lr``."""
    return OPTIMIZERS[settings.optimizer].build(device, parameters, settings, lr)


def set_lr(optimizer: Optimizer, lr: float) -> None:
    """Let the optimiser run at another learning rate; the device is not waited for."""
    for group in optimizer.param_groups:
        group["lr"] = changed(group["lr"], lr)


def optimizer_state(optimizer: Optimizer) -> dict:
    """What :func:`load_optimizer` takes up: learning rates are plain numbers on every device."""
    state = optimizer.state_dict()
    groups = [{**group, "lr": float(group["lr"])} for group in state["param_groups"]]
    return {**state, "param_groups": groups}


def load_optimizer(optimizer: Optimizer, state: dict) -> None:
    """Take up a saved state, perhaps from another device.

    How the optimiser is carried out here (fused or not, recorded or not, and in what layout) stays
    as it was built; moments, step counts and learning rates come from ``state``.

    Raises:
        ValueError: ``state`` is of other parameters.
    """
    own = optimizer.state_dict()["param_groups"]
    rates = [theirs["lr"] for _, theirs in zip(own, state["param_groups"], strict=True)]
    optimizer.load_state_dict({"state": state["state"], "param_groups": own})
    for group, lr in zip(optimizer.param_groups, rates, strict=True):
        group["lr"] = changed(group["lr"], lr)
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


def _adam(device: Device, parameters: Iterable[Parameter], settings: Train, lr: float) -> Optimizer:
    given = {**_adam_settings(settings, lr), "lr": device.number(lr)}
    if not device.captures:
        return torch.optim.Adam(parameters, **given)
    return torch.optim.Adam(parameters, **given, fused=True, capturable=True)


def _adam_settings(settings: Train, lr: float) -> dict:
    return {
        "lr": lr,
        "betas": (settings.beta1, settings.beta2),
        "eps": settings.eps,
        "weight_decay": settings.weight_decay,
    }


def _sgd(device: Device, parameters: Iterable[Parameter], settings: Train, lr: float) -> Optimizer:
    return torch.optim.SGD(
        parameters,
        lr=device.number(lr),
        momentum=settings.beta1,
        weight_decay=settings.weight_decay,
        fused=True if device.captures else None,
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


@dataclass(frozen=True)
class Choice:
    """One optimiser.

    Attributes:
        build: from (device, parameters, settings, lr).
        captured: whether it can be recorded where the device can: it reads its learning rate and
            counts its steps on the device, in every PyTorch that this package runs on.
    """

    build: Callable[[Device, Iterable[Parameter], Train, float], Optimizer]
    captured: bool


OPTIMIZERS = {
    "adamw": Choice(_adamw, captured=True),
    "adam": Choice(_adam, captured=True),
    "sgd": Choice(_sgd, captured=True),
    "rmsprop": Choice(_rmsprop, captured=False),
}
"""Every optimiser that ``train.optimizer`` may name."""
