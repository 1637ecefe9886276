"""What the devices that PyTorch itself supports have in common."""

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import nn


class StockDevice:
    """Operations run, or queue, as they are called; nothing is marked."""

    device: torch.device

    def seed(self, value: int) -> None:
        torch.manual_seed(value)

    def autocast(self, precision: str) -> AbstractContextManager:
        if precision == "bf16":
            return torch.autocast(self.device.type, torch.bfloat16)
        return nullcontext()

    def optimizer(self, parameters, lr, betas, eps, weight_decay) -> torch.optim.Optimizer:
        return torch.optim.AdamW(
            parameters, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, fused=True
        )

    def compile(self, network: nn.Module) -> None:
        network.compile()

    def mark_step(self) -> None:
        """Nothing to mark."""
