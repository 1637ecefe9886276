"""The CPU, tuned for training: big blocks stay mapped, denormals flush, optimiser fused."""

import ctypes
import platform
import resource

import torch

from ..process.cores import available_cores
from .stock import StockDevice

# glibc's mallopt names, from malloc.h
_M_TRIM_THRESHOLD = -1
_M_MMAP_MAX = -4


def _keep_large_blocks_mapped() -> None:
    """Stop glibc from returning every activation to the kernel and faulting it in again.

    Measured 1.1× at 64×64 and up to 1.4× at 128×128; without glibc nothing happens.
    """
    if platform.system() != "Linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_MAX, 0)
        mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)


class Cpu(StockDevice):
    """All of this process's cores, or as many as ``threads`` says."""

    name = "cpu"
    distributed_backend = "gloo"

    def __init__(self, threads: int | None = None):
        self.device = torch.device("cpu")
        torch.set_num_threads(min(threads or available_cores(), available_cores()))
        torch.set_flush_denormal(True)
        _keep_large_blocks_mapped()

    @staticmethod
    def missing() -> str | None:
        return None

    @staticmethod
    def count() -> int:
        # One process uses all cores.
        return 1

    @staticmethod
    def take(local_rank: int, local_count: int) -> None:
        """Nothing to choose."""

    def synchronize(self) -> None:
        """Nothing to wait for."""

    def peak_memory(self) -> int:
        # Kilobytes, except on macOS.
        unit = 1 if platform.system() == "Darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

    def describe(self) -> str:
        return f"cpu ({platform.machine()}, {torch.get_num_threads()} threads)"
