"""The networks that turn images into feature vectors, by the names of ``fidelity.extractor``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import features


@dataclass(frozen=True)
class Extractor:
    """One way from images to features; scores of different ones do not compare."""

    short_name: str
    """Part of a distance's name: ``fd_efflite0`` is no FID."""
    protocol: dict[str, Any]
    """What a score rests on beside the images; its ``extractor`` is the name in the table."""
    extract: Callable[..., np.ndarray]
    """From uint8 images N×H×W×C, or an iterable of such arrays, and ``device`` to float32 N×D."""


EXTRACTORS = {
    "efficientnet-lite0": Extractor("efflite0", features.PROTOCOL, features.extract),
}


def find_extractor(name: str) -> Extractor:
    """The extractor of that name.

    Raises:
        ValueError: there is none, with the names that there are.
    """
    if name not in EXTRACTORS:
        raise ValueError(f'no extractor "{name}"; there are: {", ".join(EXTRACTORS)}')
    return EXTRACTORS[name]
