"""Reads the attributes of drawn portraits and planets, or says that they cannot be read.

A small convolutional network for each style. ``benchmarks/attribute_reader.py`` trained them on
what ``download.source: avatars`` draws, and on pictures of nothing, which every attribute has a
class for.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ..device.base import placed
from .image_batches import image_batches
from .mode_statistics import Shares
from .packaged_network import load_packaged, packaged_header
from .resizing import resized

SIDE = 64
BATCH = 256
SHA256 = {
    "open-peeps": "925023831feca79181112f9a59b392bbf5e5a839db59663deac32a7ffe1f9a41",
    "planets": "755c0b9e878d54c1c29fdde50c13c3f427b3bd31dbf4217305826e8b382259f2",
}
"""Of the file of each style's network."""
LEAST_CERTAINTY = 0.5
"""An attribute whose variant the network holds for less likely than this is unreadable."""


@dataclass(frozen=True)
class Attribute:
    """What varies in a drawing, and how often each variant is drawn."""

    name: str
    variants: tuple[str, ...]
    shares: Shares


class AttributeReader(nn.Module):
    """RGB images N×3×64×64 in [0,255] to logits of each attribute's variants, and of none read.

    Args:
        variants: how many each attribute has.
    """

    def __init__(self, variants: Sequence[int]):
        super().__init__()
        self.classes = [count + 1 for count in variants]
        self.features = nn.Sequential(
            *_layer(3, 24, kernel=5, stride=2),
            *_layer(24, 32),
            nn.MaxPool2d(2),
            *_layer(32, 48),
            nn.MaxPool2d(2),
            *_layer(48, 48),
            nn.MaxPool2d(2),
        )
        self.heads = nn.Sequential(
            nn.Flatten(), nn.Linear(48 * 4 * 4, 64), nn.ReLU(), nn.Linear(64, sum(self.classes))
        )

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        return self.heads(self.features(x / 127.5 - 1)).split(self.classes, dim=1)


def _layer(channels: int, out: int, kernel: int = 3, stride: int = 1) -> list[nn.Module]:
    conv = nn.Conv2d(channels, out, kernel, stride, padding=kernel // 2, bias=False)
    return [conv, nn.BatchNorm2d(out), nn.ReLU()]


@dataclass(frozen=True)
class AttributeReadings:
    """What each image shows: the likeliest variant of each attribute, even of those unreadable."""

    attributes: tuple[Attribute, ...]
    variants: npt.NDArray[np.int64]
    """Which of an attribute's variants; N×A."""
    certainty: npt.NDArray[np.float32]
    """How likely the network holds it, in [0,1]; N×A."""

    @property
    def legible(self) -> npt.NDArray[np.bool_]:
        """Whether an attribute is certain enough; N×A."""
        return self.certainty >= LEAST_CERTAINTY

    @property
    def readable(self) -> npt.NDArray[np.bool_]:
        """Whether all attributes of an image are; N."""
        return np.logical_and.reduce(self.legible, axis=1)


def read_attributes(
    images: npt.NDArray[np.uint8], style: str, device: str | torch.device = "cpu"
) -> AttributeReadings:
    """The attributes of images.

    Args:
        images: uint8 N×H×W×C, N at least 1, any H and W, C of 1 (grey) or 3.
        style: of the drawings; one of ``SHA256``.
        device: where the network runs.

    Raises:
        ValueError: another dtype or shape, or no pixels.
        UserError: the network's file is damaged or missing.
    """
    net, attributes = load_attribute_reader(style)
    net = placed(net, torch.device(device))
    variants, certainty = [], []
    # Not inference_mode, which not every accelerator's backend supports.
    with torch.no_grad():
        for batch in image_batches(images, BATCH):
            # Of all classes the last is none read.
            shares = [
                logits.softmax(dim=1)[:, :-1].max(dim=1)
                for logits in net(resized(batch, SIDE, SIDE).expand(-1, 3, -1, -1).to(device))
            ]
            variants.append(torch.stack([found.indices for found in shares], 1).cpu().numpy())
            certainty.append(torch.stack([found.values for found in shares], 1).cpu().numpy())
    return AttributeReadings(attributes, np.concatenate(variants), np.concatenate(certainty))


def weights_file(style: str) -> Path:
    """Where the network of a style lies."""
    return Path(__file__).with_name(f"attribute_reader_{style}.safetensors")


def load_attribute_reader(style: str) -> tuple[AttributeReader, tuple[Attribute, ...]]:
    """The trained network of a style, in eval mode, on the CPU, and what it reads.

    Raises:
        UserError: its file is missing, or not the one that belongs to this version.
    """
    path = weights_file(style)
    header = packaged_header(path, SHA256[style])
    attributes = tuple(
        Attribute(name, tuple(shares), np.array(list(shares.values())))
        for name, shares in json.loads(header.metadata["attributes"]).items()
    )
    net = AttributeReader([len(attribute.variants) for attribute in attributes])
    load_packaged(net, path, header)
    return net, attributes
