"""What this machine has: versions, drivers, processors, memory, disk."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .. import __version__
from ..process.cores import available_cores

PACKAGES = (
    "torch",
    "torchvision",
    "numpy",
    "snakemake",
    "dvc",
    "habana-torch-plugin",
    "habana-torch-dataloader",
)
# The query forms name no user and no process, so that the answer may be published.
DRIVERS = {
    "nvidia-smi": ["--query-gpu=name,driver_version,memory.total,compute_cap", "--format=csv"],
    "rocm-smi": ["--showproductname", "--showdriverversion"],
    "hl-smi": ["-Q", "name,driver_version,memory.total", "-f", "csv"],
}
VARIABLES = ("PT_HPU_", "OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "HABANA_VISIBLE_")


def versions() -> dict[str, str | None]:
    """Versions by name; None for a package that is not installed."""
    found: dict[str, str | None] = {
        "dcgan": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
    }
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def smi() -> dict[str, str]:
    """What each driver's own tool prints about the cards, where there is such a tool."""
    found = {}
    for name, arguments in DRIVERS.items():
        if tool := shutil.which(name):
            try:
                done = subprocess.run(
                    [tool, *arguments], capture_output=True, text=True, timeout=60, errors="replace"
                )
            except subprocess.TimeoutExpired:
                found[name] = "no answer within 60 s: the driver hangs"
            else:
                found[name] = (done.stdout + done.stderr).strip()
    return found


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables that steer the devices, PT_HPU_LAZY_MODE among them."""
    return {name: value for name, value in sorted(variables.items()) if name.startswith(VARIABLES)}


def bf16_instructions() -> str | None:
    """The processor's own bf16 instructions; None where the system does not say (not Linux)."""
    listing = Path("/proc/cpuinfo")
    if not listing.exists():
        return None
    words = set(listing.read_text(encoding="utf-8").split())
    return ", ".join(sorted(word for word in words if "bf16" in word))


def hardware(folder: Path) -> dict[str, str]:
    """Processors, memory and the disk that ``folder`` is on, in words."""
    found = {"processors": f"{available_cores()} that this process may use"}
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        found["memory"] = f"{memory / 2**30:.0f} GiB"
    found["disk"] = f"{shutil.disk_usage(folder).free / 2**30:.0f} GiB free"
    bf16 = bf16_instructions()
    if bf16 is not None:
        found["bf16 on the cpu"] = bf16 or "no such instructions: fp32 is faster"
    return found
