"""Emulated: importing it registers ``torch.hpu``."""

import hpu_emulator  # noqa: F401
