"""What the rest of the package may ask of a device. Where work runs, never what it computes."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Protocol

import torch


class Device(Protocol):
    """One accelerator, or the CPU."""

    name: str
    """``cpu``, ``gpu`` or ``hpu``, as the profiles call it."""
    device: torch.device
    """Where tensors go."""
    distributed_backend: str
    """What carries numbers between ranks: ``gloo``, ``nccl`` or ``hccl``."""

    def autocast(self, precision: str) -> AbstractContextManager:
        """Mixed precision for the networks: ``"bf16"`` autocasts, ``"fp32"`` does nothing."""

    def optimizer(
        self,
        parameters: Iterable[torch.nn.Parameter],
        lr: float,
        betas: tuple[float, float],
        eps: float,
        weight_decay: float,
    ) -> torch.optim.Optimizer:
        """AdamW (Loshchilov & Hutter 2019), in the device's fastest form."""

    def mark_step(self) -> None:
        """End a piece of the graph, where the device collects one; elsewhere nothing."""

    def synchronize(self) -> None:
        """Wait until all work queued so far is done."""

    def peak_memory(self) -> int:
        """Most memory the device has held so far, in bytes."""

    def describe(self) -> str:
        """The device's own name and what shapes its arithmetic, for the run's record."""
