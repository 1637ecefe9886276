"""Emulated: marking steps, and the compiler of eager mode."""

import warnings

import hpu_emulator
import torch


def mark_step(device_str: str = "", sync: bool = False) -> None:
    """Hand over the graph collected so far; in eager mode warn and do nothing."""
    hpu_emulator.calls["mark_step"] += 1
    if hpu_emulator.LAZY:
        torch.ops.hpu_emulator.mark_step()
    else:
        warnings.warn("mark_step has no effect in eager mode", stacklevel=2)
