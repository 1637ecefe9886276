"""Images resized for a network, with the same pixels on every device."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

RESIZE = "bicubic"


def resized(images: np.ndarray, height: int, width: int) -> Tensor:
    """uint8 N×H×W×C stretched to float32 N×C×height×width in [0,255]: bicubic, antialiased.

    On the CPU always.
    """
    pixels = torch.tensor(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float()
    pixels = F.interpolate(pixels, (height, width), mode=RESIZE, antialias=True)
    return pixels.clamp_(0, 255)
