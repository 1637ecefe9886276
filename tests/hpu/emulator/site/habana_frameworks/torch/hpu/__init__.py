"""Emulated: the device module under the bridge's own name."""

from torch.hpu import *  # noqa: F403
