"""Loads the emulated HPU into this process, and reads its ledger.

Environment:
    HPU_EMULATOR: the folder with the two libraries.
    HPU_EMULATOR_REPORT: a folder in which each process that loaded it leaves its counts.
    HPU_EMULATOR_NAME: what the device calls itself; EMULATED by default.
    HPU_EMULATOR_ABSENT: if set, the bridge loads and finds no device.
    PT_HPU_LAZY_MODE: as for the real bridge; anything but 0 is lazy mode.
"""

import atexit
import json
import os
import sys
import types
from pathlib import Path

import torch
from hpu_autocast import register_cast_lists

COUNTERS = (
    "operations",
    "graphs",
    "compilations",
    "longest_graph",
    "copies_to_device",
    "copies_to_host",
    "items",
    "marks",
    "cpu_fallbacks",
    "peak_memory",
)
LAZY = os.environ.get("PT_HPU_LAZY_MODE", "0") != "0"
NAME = os.environ.get("HPU_EMULATOR_NAME", "EMULATED")
PRESENT = "HPU_EMULATOR_ABSENT" not in os.environ
calls = {"mark_step": 0, "synchronize": 0}


def counters() -> dict[str, int]:
    """What happened on the emulated device so far, the graph being collected not included.

    ``graphs``: pieces of work handed over; ``compilations``: those not seen before;
    ``copies_to_host`` and ``items`` make the host wait; ``cpu_fallbacks``: operations that are
    not in ``accepted_operations.txt``; ``peak_memory`` in bytes.
    """
    return dict(zip(COUNTERS, torch.ops.hpu_emulator.counters(), strict=True))


def fallbacks() -> list[str]:
    """Names of the operations that counted as CPU fall-backs."""
    return torch.ops.hpu_emulator.fallbacks()


def _synchronize(device: object = None) -> None:
    calls["synchronize"] += 1
    torch.ops.hpu_emulator.mark_step()


def _device_module() -> types.ModuleType:
    module = types.ModuleType("torch.hpu")
    module.is_available = lambda: PRESENT
    module.is_initialized = lambda: True
    module.device_count = lambda: int(PRESENT)
    module.current_device = lambda: 0
    module.set_device = lambda device: None
    module.get_device_name = lambda device=None: NAME
    module.synchronize = _synchronize
    module.manual_seed = module.manual_seed_all = torch.ops.hpu_emulator.seed
    module.max_memory_allocated = lambda device=None: counters()["peak_memory"]
    module.get_amp_supported_dtype = lambda: [torch.bfloat16, torch.float16]
    module._is_in_bad_fork = lambda: False
    module._lazy_init = lambda: None
    return module


def _leave_report() -> None:
    folder = Path(os.environ["HPU_EMULATOR_REPORT"])
    report = {
        "command": sys.argv,
        "lazy": LAZY,
        **counters(),
        "calls": calls,
        "fallback_operations": fallbacks(),
    }
    (folder / f"{Path(sys.argv[0]).stem}-{os.getpid()}.json").write_text(json.dumps(report))


def _load() -> None:
    torch.ops.load_library(str(Path(os.environ["HPU_EMULATOR"]) / "hpu.so"))
    torch.ops.hpu_emulator.set_lazy(LAZY)
    listed = Path(__file__).with_name("accepted_operations.txt").read_text().splitlines()
    names = [line for line in listed if line and not line.startswith("#")]
    torch.ops.hpu_emulator.accept(names)
    # The engine's thread for the device can outlive the interpreter and abort it.
    torch.autograd.set_multithreading_enabled(False)
    torch._register_device_module("hpu", _device_module())
    register_cast_lists()
    if "HPU_EMULATOR_REPORT" in os.environ:
        atexit.register(_leave_report)


_load()
