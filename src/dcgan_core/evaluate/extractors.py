"""The networks that turn images into feature vectors, by the names of ``fidelity.extractor``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..params import Fidelity
from . import features
from .inception import InceptionFeatures, find_weights
from .metrics import INCEPTION
from .onnx_features import OnnxFeatures


@dataclass(frozen=True)
class Extractor:
    """One way from images to features; scores of different ones do not compare."""

    short_name: str
    """Part of a distance's name: ``fd_efflite0`` is no FID."""
    protocol: dict[str, Any]
    """What a score rests on beside the images; its ``extractor`` is the name in the table."""
    extract: Callable[..., np.ndarray]
    """From uint8 images N×H×W×C, or an iterable of such arrays, and ``device`` to float32 N×D."""


def _efficientnet(settings: Fidelity) -> Extractor:
    return Extractor("efflite0", features.PROTOCOL, features.extract)


def _inception(settings: Fidelity) -> Extractor:
    found = InceptionFeatures(find_weights(settings.extractor_path))
    return Extractor(INCEPTION, found.protocol, found.extract)


def _onnx(settings: Fidelity) -> Extractor:
    found = OnnxFeatures(settings.extractor_path, settings.extractor_sha256)
    return Extractor(found.short_name, found.protocol, found.extract)


EXTRACTORS: dict[str, Callable[[Fidelity], Extractor]] = {
    "efficientnet-lite0": _efficientnet,
    "inception": _inception,
    "onnx": _onnx,
}
"""What makes each from the settings; files of the user's are read and checked by it."""


def find_extractor(settings: Fidelity) -> Extractor:
    """The extractor that the settings name.

    Raises:
        UserError: its file is missing, damaged or another one, cannot be fetched, or a package is
            not installed.
    """
    return EXTRACTORS[settings.extractor](settings)
