"""Devices behind one small protocol; :func:`resolve` never falls back silently."""

from __future__ import annotations

from ..errors import UserError
from .base import Device, memory_format

NAMES = ("cpu", "gpu", "hpu", "mps")

__all__ = ["NAMES", "Device", "memory_format", "require", "resolve"]


def require(name: str) -> None:
    """Check that this machine has the device, without taking it.

    Args:
        name: ``cpu``, ``gpu`` (NVIDIA, or AMD under ROCm), ``hpu`` (Intel Gaudi) or ``mps``
            (Apple).

    Raises:
        UserError: unknown name, or this machine has no such device; one line.
    """
    if name not in NAMES:
        raise UserError(f"device {name!r} is not known; choose one of {', '.join(NAMES)}")
    reason = None if name == "cpu" else _missing(name)
    if reason:
        raise UserError(f"device {name}: {reason}. Run on the CPU with: snakemake --profile cpu")


def _missing(name: str) -> str | None:
    if name == "gpu":
        from .cuda import missing
    elif name == "hpu":
        from .hpu import missing
    else:
        from .mps import missing
    return missing()


def resolve(name: str, threads: int | None = None) -> Device:
    """The device of that name, ready for use.

    Args:
        name: as for :func:`require`.
        threads: CPU threads, at most the cores there are; all of them by default. Only the
            ``cpu`` device is held to it.

    Raises:
        UserError: as :func:`require`.
    """
    require(name)
    if name == "cpu":
        from .cpu import Cpu

        return Cpu(threads)
    if name == "gpu":
        from .cuda import Cuda

        return Cuda()
    if name == "hpu":
        from .hpu import Hpu

        return Hpu()
    from .mps import Mps

    return Mps()
