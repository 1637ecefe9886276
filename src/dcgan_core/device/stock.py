"""What the devices that PyTorch itself supports have in common."""

from contextlib import AbstractContextManager

import torch
from torch import nn

from .base import Number, autocast


class StockDevice:
    """Operations run, or queue, as they are called; nothing is marked."""

    device: torch.device
    captures = False

    @property
    def exact(self) -> torch.device:
        return self.device

    def seed(self, value: int) -> None:
        torch.manual_seed(value)

    def autocast(self, precision: str) -> AbstractContextManager:
        return autocast(self.device, precision)

    def number(self, value: float) -> Number:
        return value

    def optimizer(self, parameters, lr, betas, eps, weight_decay) -> torch.optim.Optimizer:
        return torch.optim.AdamW(
            parameters, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, fused=True
        )

    def compile(self, network: nn.Module) -> None:
        network.compile()

    def mark_step(self) -> None:
        """Nothing to mark."""
