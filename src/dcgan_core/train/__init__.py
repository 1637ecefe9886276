"""Training: one loop, its losses, its state."""

from .loop import train
from .state.extension import Finished

__all__ = ["Finished", "train"]
