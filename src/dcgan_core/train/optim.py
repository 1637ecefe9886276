"""The optimisers a setting may name."""

from collections.abc import Iterable

import torch

from ..device.base import Device
from ..params import Train


def build_optimizer(
    device: Device, parameters: Iterable[torch.nn.Parameter], settings: Train, lr: float
) -> torch.optim.Optimizer:
    """The optimiser that ``settings.optimizer`` names, at ``lr``."""
    betas, decay = (settings.beta1, settings.beta2), settings.weight_decay
    if settings.optimizer == "adamw":
        return device.optimizer(
            parameters, lr=lr, betas=betas, eps=settings.eps, weight_decay=decay
        )
    if settings.optimizer == "adam":
        return torch.optim.Adam(
            parameters, lr=lr, betas=betas, eps=settings.eps, weight_decay=decay
        )
    if settings.optimizer == "sgd":
        return torch.optim.SGD(parameters, lr=lr, momentum=settings.beta1, weight_decay=decay)
    return torch.optim.RMSprop(
        parameters,
        lr=lr,
        alpha=settings.beta2,
        eps=settings.eps,
        momentum=settings.beta1,
        weight_decay=decay,
    )


def load_optimizer(optimizer: torch.optim.Optimizer, state: dict) -> None:
    """Take up a saved state, perhaps from another device.

    How the optimiser is carried out here (fused or not, and in what layout) stays as it was
    built; moments, step counts and learning rates come from ``state``.
    """
    own = optimizer.state_dict()["param_groups"]
    groups = [
        {**mine, "lr": theirs["lr"]}
        for mine, theirs in zip(own, state["param_groups"], strict=True)
    ]
    optimizer.load_state_dict({"state": state["state"], "param_groups": groups})
    for parameter, values in optimizer.state.items():
        for name, value in values.items():
            if isinstance(value, torch.Tensor) and value.shape == parameter.shape:
                # In the parameter's layout, which fused kernels take for granted.
                values[name] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)
