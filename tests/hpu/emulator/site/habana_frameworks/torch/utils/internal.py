"""Emulated: questions about the bridge."""

import hpu_emulator


def is_lazy() -> bool:
    """Whether the process was started in lazy mode."""
    return hpu_emulator.LAZY
