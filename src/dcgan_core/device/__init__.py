"""Devices behind one small protocol; :func:`resolve` never falls back silently."""

from __future__ import annotations

import importlib.util

from ..errors import UserError
from .base import Device

NAMES = ("cpu", "gpu", "hpu")

__all__ = ["NAMES", "Device", "resolve"]


def resolve(name: str, threads: int | None = None) -> Device:
    """The device of that name, ready for use.

    Args:
        name: ``cpu``, ``gpu`` (NVIDIA, or AMD under ROCm) or ``hpu`` (Intel Gaudi).
        threads: CPU threads, at most the cores there are; all of them by default.

    Raises:
        UserError: unknown name, or this machine has no such device.
    """
    if name == "cpu":
        from .cpu import Cpu

        return Cpu(threads)
    if name == "gpu":
        import torch

        if not torch.cuda.is_available():
            raise UserError(
                "device gpu: torch sees no CUDA or ROCm GPU on this machine. "
                "Run on the CPU with: snakemake --profile cpu"
            )
        from .cuda import Cuda

        return Cuda()
    if name == "hpu":
        if importlib.util.find_spec("habana_frameworks") is None:
            raise UserError(
                "device hpu: habana_frameworks.torch, which comes in the Gaudi container, is not "
                "installed here. Run on the CPU with: snakemake --profile cpu"
            )
        from .hpu import Hpu

        return Hpu()
    raise UserError(f"device {name!r} is not known; choose one of {', '.join(NAMES)}")
