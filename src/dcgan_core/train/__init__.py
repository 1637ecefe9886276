"""Training: one loop, its losses, its state."""

from .loop import train

__all__ = ["train"]
