"""Devices behind one small protocol; :func:`resolve` never falls back silently.

Nothing here imports torch before a device is asked for.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from ..errors import UserError

if TYPE_CHECKING:
    from .base import Device


@dataclass(frozen=True)
class Entry:
    """Where a device's code is: a class of the protocol ``Device`` in a module beside this one.

    Attributes:
        everywhere: every machine has it, so that nothing is loaded to find out.
    """

    module: str
    class_name: str
    everywhere: bool = False


DEVICES = {
    "cpu": Entry("cpu", "Cpu", everywhere=True),
    "gpu": Entry("cuda", "Cuda"),
    "hpu": Entry("hpu", "Hpu"),
    "mps": Entry("mps", "Mps"),
}
"""By the names of the profiles: the CPU, an NVIDIA GPU (or an AMD one under ROCm), an Intel Gaudi,
an Apple GPU."""

ALIASES = {"cuda": "gpu", "gaudi": "hpu"}
"""Other names that people type; nothing else knows them."""


def _entry(name: str) -> Entry:
    if name not in DEVICES:
        raise UserError(f"device {name!r} is not known; choose one of {', '.join(DEVICES)}")
    return DEVICES[name]


def device_class(name: str) -> type[Device]:
    """The class of a device, whether or not this machine has one.

    Args:
        name: a key of DEVICES.

    Raises:
        UserError: unknown name; one line.
    """
    entry = _entry(name)
    return getattr(import_module(f".{entry.module}", __package__), entry.class_name)


def require(name: str) -> None:
    """Check that this machine has the device, without taking it.

    Args:
        name: a key of DEVICES.

    Raises:
        UserError: unknown name, or this machine has no such device; one line.
    """
    reason = None if _entry(name).everywhere else device_class(name).missing()
    if reason:
        raise UserError(f"device {name}: {reason}. Run on the CPU with: snakemake --profile cpu")


def resolve(name: str, threads: int | None = None) -> Device:
    """The device of that name, ready for use.

    Args:
        name: a key of DEVICES.
        threads: CPU threads, at most the cores there are; all of them by default. Only the
            ``cpu`` device is held to it.

    Raises:
        UserError: as :func:`require`.
    """
    require(name)
    return device_class(name)(threads)


def add_device_option(parser: argparse.ArgumentParser, condition: str = "") -> None:
    """Add ``--device``, which is $DCGAN_DEVICE where it is not given, else the CPU.

    Args:
        parser: of the command or script that runs on the device.
        condition: when it counts, as the first words of its help, such as ``"with --x: "``.
    """
    *names, last = DEVICES
    parser.add_argument(
        "--device",
        type=lambda text: ALIASES.get(text.lower(), text),
        default=os.environ.get("DCGAN_DEVICE", "cpu"),
        help=f"{condition}{', '.join(names)} or {last} (default: $DCGAN_DEVICE, else cpu)",
    )
