"""The GPU of an Apple computer. Never run: written from PyTorch's documentation."""

import platform

import torch

from .stock import StockDevice


class Mps(StockDevice):
    """The one Apple GPU that PyTorch uses."""

    name = "mps"
    distributed_backend = None
    exact = torch.device("cpu")

    def __init__(self, threads: int | None = None) -> None:
        self.device = torch.device("mps")

    @staticmethod
    def missing() -> str | None:
        if torch.backends.mps.is_available():
            return None
        return "torch sees no Apple GPU on this machine"

    @staticmethod
    def count() -> int:
        return 1

    @staticmethod
    def take(local_rank: int, local_count: int) -> None:
        """Nothing to choose."""

    def synchronize(self) -> None:
        torch.mps.synchronize()

    def peak_memory(self) -> int:
        # What the driver has handed out, which goes back only when asked for.
        return torch.mps.driver_allocated_memory()

    def describe(self) -> str:
        return f"mps ({platform.machine()}, macOS {platform.mac_ver()[0]})"
