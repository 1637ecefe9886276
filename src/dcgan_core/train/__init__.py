"""Training: one loop, its losses, its state."""

from .extension import Finished
from .loop import train

__all__ = ["Finished", "train"]
