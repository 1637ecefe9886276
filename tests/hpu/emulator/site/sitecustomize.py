"""Loaded by every Python that has this folder on its path, before anything can import torch."""

import ctypes
import os

if "HPU_EMULATOR" in os.environ:
    ctypes.CDLL(os.path.join(os.environ["HPU_EMULATOR"], "accelerator.so"), ctypes.RTLD_GLOBAL)
