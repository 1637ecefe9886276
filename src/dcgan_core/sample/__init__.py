"""Looking at what a generator makes."""

from ..nets.snapshot import load_generator

__all__ = ["load_generator"]
