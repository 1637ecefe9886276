"""Features by a network in an ONNX file of the user's own, and the rule by which it is fed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import UserError, shown
from .image_batches import image_batches
from .onnx_file import REMEDY, OnnxFile, one_line, open_onnx
from .resizing import RESIZE, resized

BATCH = 16
DTYPES = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8}
NUMBERS = {"scale": 1 / 255, "mean": 0.0, "std": 1.0}
"""``metadata_props`` that say what the network is fed, (code · scale − mean) / std, and their
defaults: RGB in [0,1]."""


@dataclass(frozen=True)
class Feed:
    """How images become the network's input.

    Attributes:
        dtype: float32, or uint8 for the codes themselves.
        channels_last: N×H×W×C rather than N×C×H×W.
        batch: images at a time, if the file fixes it.
        channels: 1 or 3.
        height, width: of the input; None where the file leaves it free, and images stay as they
            are.
        numbers: one for each channel, by the names of NUMBERS; idle with uint8.
    """

    dtype: type
    channels_last: bool
    batch: int | None
    channels: int
    height: int | None
    width: int | None
    numbers: dict[str, list[float]]

    def array(self, images: np.ndarray) -> np.ndarray:
        """The input for uint8 images n×H×W×C.

        Raises:
            ValueError: coloured images for a network that takes grey ones.
        """
        if images.shape[3] > self.channels:
            raise ValueError("the network takes grey images (1 channel), and these have 3")
        height, width = self.height or images.shape[1], self.width or images.shape[2]
        pixels = images.transpose(0, 3, 1, 2)
        if (height, width) != images.shape[1:3]:
            pixels = resized(images, height, width).numpy()
        pixels = np.broadcast_to(pixels, (len(images), self.channels, height, width))
        if self.dtype is np.uint8:
            pixels = np.rint(pixels).astype(np.uint8)
        else:
            column = {
                name: np.array(v, np.float32)[:, None, None] for name, v in self.numbers.items()
            }
            pixels = (pixels * column["scale"] - column["mean"]) / column["std"]
        if self.channels_last:
            pixels = pixels.transpose(0, 2, 3, 1)
        return np.ascontiguousarray(pixels, dtype=self.dtype)


class OnnxFeatures:
    """The features of images; the network is opened once and runs on the CPU.

    Args:
        path: the file.
        sha256: of the file, 64 hex digits.

    Raises:
        UserError: as of :func:`~.onnx_file.open_onnx`, or the file cannot be fed with images.
    """

    def __init__(self, path: str, sha256: str):
        self.file = open_onnx(path, sha256)
        self.feed = read_feed(self.file)

    @property
    def short_name(self) -> str:
        """Names the file by its hash, so that scores of two files are never in one column."""
        return f"onnx_{self.file.sha256[:8]}"

    @property
    def protocol(self) -> dict[str, Any]:
        """What a score rests on beside the images."""
        feed = self.feed
        sides: int | str | None = feed.height
        if feed.height != feed.width:
            sides = f"{feed.height or 'own'} × {feed.width or 'own'} px"
        codes = feed.dtype is np.uint8
        return {
            "extractor": "onnx",
            "weights_sha256": self.file.sha256,
            "library": f"onnxruntime {self.file.runtime}, CPU",
            "input": self.file.input,
            "input_shape": [str(side) for side in self.file.shape],
            "output": self.file.output,
            "resolution": sides or "their own size",
            "resize": f"{RESIZE}, antialiased, float32, clipped to [0,255]; free sides as they are",
            "values": "codes 0 to 255" if codes else "(code · scale − mean) / std",
            **({} if codes else feed.numbers),
        }

    def extract(
        self,
        images: np.ndarray | Iterable[np.ndarray],
        device: object = "cpu",
        batch_size: int = BATCH,
    ) -> np.ndarray:
        """Features of each image.

        Args:
            images: as of :func:`~.features.extract`.
            device: idle, since the network runs on the CPU; there as extractors are called alike.
            batch_size: images at a time, at least 1, unless the file fixes it.

        Returns:
            float32 array N×D, in order.

        Raises:
            ValueError: no images; another dtype or shape; a batch size below 1.
            UserError: the network fails, or gives anything but n×D finite numbers for n images.
        """
        size = self.feed.batch or batch_size
        return np.concatenate([self._run(batch) for batch in image_batches(images, size)])

    def _run(self, images: np.ndarray) -> np.ndarray:
        """The features of at most one batch.

        Raises:
            UserError: as :meth:`extract`.
        """
        path, count = self.file.path, len(images)
        if self.feed.batch:
            # A file that fixes its batch takes no shorter one: the last image fills it up.
            images = np.concatenate([images, images[-1:].repeat(self.feed.batch - count, axis=0)])
        try:
            fed = {self.file.input: self.feed.array(images)}
            (features,) = self.file.session.run([self.file.output], fed)
        except Exception as error:
            raise UserError(f"{path}: fails on images ({one_line(error)}). {REMEDY}") from error
        if features.ndim != 2 or len(features) != len(images) or features.dtype.kind != "f":
            raise UserError(
                f"{path}: its output {self.file.output} is {features.dtype} of shape "
                f"{list(features.shape)} for {len(images)} images; it must be float, images × "
                f"features. {REMEDY}"
            )
        if not np.isfinite(features[:count]).all():
            raise UserError(f"{path}: gives features that are not finite numbers. {REMEDY}")
        return features[:count].astype(np.float32)


def read_feed(file: OnnxFile) -> Feed:
    """How a file wants to be fed, from its input's shape and its ``metadata_props``.

    Raises:
        UserError: its input is no batch of images, or what it says of values makes no sense.
    """
    path, shape = file.path, file.shape
    if file.type not in DTYPES or len(shape) != 4:
        raise UserError(
            f"{path}: its input {file.input} is {file.type} of shape {shape}; it must "
            f"be float32 or uint8, N×C×H×W or N×H×W×C. {REMEDY}"
        )
    # The other sides are texts or None.
    batch, *sides = (side if isinstance(side, int) and side > 0 else None for side in shape)
    channels_last = sides[0] not in (1, 3)
    height, width, channels = sides if channels_last else (*sides[1:], sides[0])
    if channels not in (1, 3):
        raise UserError(
            f"{path}: its input {file.input} has the shape {shape}; neither its second side "
            f"nor its last is fixed at 3 or 1 channels. {REMEDY}"
        )
    dtype = DTYPES[file.type]
    told = [name for name in NUMBERS if name in file.metadata]
    if dtype is np.uint8 and told:
        raise UserError(
            f"{path}: its metadata name {told[0]}, but its input is uint8 and is fed codes as they "
            f"are. {REMEDY}"
        )
    numbers = {name: _numbers(file, name, channels) for name in NUMBERS}
    return Feed(dtype, channels_last, batch, channels, height, width, numbers)


def _numbers(file: OnnxFile, name: str, channels: int) -> list[float]:
    """One number for each channel, from text such as ``0.5`` or ``0.485, 0.456, 0.406``.

    Raises:
        UserError: it is no such text.
    """
    text = file.metadata.get(name)
    if text is None:
        return [NUMBERS[name]] * channels
    try:
        numbers = [float(part) for part in text.strip("[]() ").split(",")]
    except ValueError:
        numbers = []
    numbers = numbers * channels if len(numbers) == 1 else numbers
    wrong = [n for n in numbers if not math.isfinite(n) or (n <= 0 and name != "mean")]
    if len(numbers) != channels or wrong:
        raise UserError(
            f"{file.path}: its metadata {name} = {shown(text)} must be one number, or {channels}, "
            f"{'finite' if name == 'mean' else 'above 0'}. {REMEDY}"
        )
    return numbers
