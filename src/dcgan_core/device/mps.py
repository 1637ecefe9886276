"""The GPU of an Apple computer. Never run: written from PyTorch's documentation."""

import platform

import torch

from .stock import StockDevice


def missing() -> str | None:
    """Why there is no such device here, or None."""
    return None if torch.backends.mps.is_available() else "torch sees no Apple GPU on this machine"


class Mps(StockDevice):
    """The one Apple GPU that PyTorch uses."""

    name = "mps"
    distributed_backend = None

    def __init__(self) -> None:
        self.device = torch.device("mps")

    def synchronize(self) -> None:
        torch.mps.synchronize()

    def peak_memory(self) -> int:
        # What the driver has handed out, which goes back only when asked for.
        return torch.mps.driver_allocated_memory()

    def describe(self) -> str:
        return f"mps ({platform.machine()}, macOS {platform.mac_ver()[0]})"
