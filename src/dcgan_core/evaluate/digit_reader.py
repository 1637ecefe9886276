"""Reads the three digits of an image, or says that there is nothing to read.

A small convolutional network looks at one colour channel at a time. ``benchmarks/digit_reader.py``
trained it on the digits that ``download.source: digits`` draws, and on pictures of no digit, which
are its eleventh class. It does not read handwriting well enough: with MNIST's digits the share of
real images that it reads rightly says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..device.base import placed
from .packaged_network import load_packaged, packaged_header

SIDE = 32
DIGITS = 10
WEIGHTS = Path(__file__).with_suffix(".safetensors")
SHA256 = "1a3c2671a752b712ef1c99f9f83b7f2b17bdcb423284824a8bb6cdca80ab03e1"
BATCH = 256

LEAST_CERTAINTY = 0.5
"""A digit that the network holds for less likely than this is unreadable."""

PROTOCOL = {
    "reader": f"digit-reader-{SHA256[:8]}",
    "resolution": SIDE,
    "resize": "bilinear, antialiased, float32, to a square",
    "least_certainty": LEAST_CERTAINTY,
}
"""What a score of modes rests on beside the images; goes next to every score."""


class DigitReader(nn.Module):
    """Single channels N×1×32×32 in [0,1] to logits N×11: the ten digits, and no digit."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            *_layer(1, 16, kernel=5, stride=2),
            *_layer(16, 32),
            nn.MaxPool2d(2),
            *_layer(32, 48),
            nn.MaxPool2d(2),
        )
        self.classes = nn.Sequential(
            nn.Flatten(), nn.Linear(48 * 4 * 4, 64), nn.ReLU(), nn.Linear(64, DIGITS + 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.classes(self.features(x))


def _layer(channels: int, out: int, kernel: int = 3, stride: int = 1) -> list[nn.Module]:
    conv = nn.Conv2d(channels, out, kernel, stride, padding=kernel // 2, bias=False)
    return [conv, nn.BatchNorm2d(out), nn.ReLU()]


@dataclass(frozen=True)
class Readings:
    """What each image shows: digits N×3 of red, green and blue, and how certain each is, in [0,1].

    A digit is the likeliest of the ten, even where nothing can be read.
    """

    digits: npt.NDArray[np.int64]
    certainty: npt.NDArray[np.float32]

    @property
    def triples(self) -> npt.NDArray[np.int64]:
        """The number 0 to 999 that each image's digits make, readable or not; N."""
        return self.digits @ np.array([100, 10, 1])

    @property
    def readable(self) -> npt.NDArray[np.bool_]:
        """Whether all three digits of an image are certain enough; N."""
        return np.logical_and.reduce(self.certainty >= LEAST_CERTAINTY, axis=1)

    def right(self, triples: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
        """Whether all three digits are readable and those of the true triples; N.

        On real images this says whether scores of modes mean anything.
        """
        return self.readable & (self.triples == triples)


def read_digits(images: npt.NDArray[np.uint8], device: str | torch.device = "cpu") -> Readings:
    """The digits of images.

    Args:
        images: uint8 N×H×W×3, any H and W, white digits on black in each channel.
        device: where the network runs.

    Raises:
        ValueError: another dtype or shape, or no pixels.
        UserError: the network's file is damaged or missing.
    """
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3:
        raise ValueError(
            f"images are {images.dtype} of shape {images.shape}; they must be uint8 N×H×W×3"
        )
    if 0 in images.shape[1:3]:
        raise ValueError(f"images of shape {images.shape} have no pixels")
    net = placed(load_reader(), torch.device(device))
    digits, certainty = np.empty((0, 3), np.int64), np.empty((0, 3), np.float32)
    # Not inference_mode, which not every accelerator's backend supports.
    with torch.no_grad():
        for batch in _batches(images):
            shares = net(prepare(batch).to(device)).softmax(dim=1)[:, :DIGITS].cpu()
            best = shares.max(dim=1)
            digits = np.concatenate([digits, best.indices.reshape(-1, 3).numpy()])
            certainty = np.concatenate([certainty, best.values.reshape(-1, 3).numpy()])
    return Readings(digits, certainty)


def _batches(images: npt.NDArray[np.uint8]) -> Iterator[npt.NDArray[np.uint8]]:
    for start in range(0, len(images), BATCH):
        yield images[start : start + BATCH]


def prepare(images: npt.NDArray[np.uint8]) -> Tensor:
    """uint8 N×H×W×C to the network's input, channel by channel: (N·C)×1×32×32 in [0,1].

    On the CPU always, so that the network sees the same pixels on every device.
    """
    pixels = torch.tensor(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float()
    pixels = F.interpolate(pixels, (SIDE, SIDE), mode="bilinear", antialias=True)
    return pixels.reshape(-1, 1, SIDE, SIDE) / 255


def load_reader() -> DigitReader:
    """The trained network in eval mode, on the CPU.

    Raises:
        UserError: its file is missing, or not the one that belongs to this version.
    """
    net = DigitReader()
    load_packaged(net, WEIGHTS, packaged_header(WEIGHTS, SHA256))
    return net
