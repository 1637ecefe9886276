"""What a machine is, as far as the bits that it computes may depend on it."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("torch", "numpy", "pillow", "simplejpeg", "cykooz-resizer")


@cache
def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def host() -> dict[str, str]:
    """Versions and machine in words: ``python``, each of PACKAGES, ``platform``, ``processor``.

    It says nothing of the kernel or the time, which change while bits stay the same. The C library
    is in ``platform``: numbers may pass through its functions.
    """
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    words = (platform.system(), platform.machine(), "-".join(filter(None, platform.libc_ver())))
    found["platform"] = " ".join(filter(None, words))
    found["processor"] = _processor()
    return found
