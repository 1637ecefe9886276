"""Features of images by one extractor on one device; real images' are kept from run to run."""

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save

from ..device.base import Device
from ..errors import UserError
from ..files import sha256_file, write_bytes
from ..nets.tensor_file import read_header, read_tensors
from .extractors import Extractor

MOST_KEPT = 64
"""Files; the oldest go."""


class FeatureMaker:
    """From batches of images to features.

    Args:
        extractor: what makes them.
        device: where it runs.
        cache: a folder for real images' features, made when it is needed; None keeps nothing.
    """

    def __init__(self, extractor: Extractor, device: Device, cache: Path | None = None):
        self.extractor, self._device, self._cache = extractor, device, cache

    def make(self, batches: Iterable[np.ndarray]) -> np.ndarray:
        """float32 N×D of batches of uint8 images N×H×W×C."""
        return self.extractor.extract(batches, device=self._device.device)

    def recall(
        self, facts: dict[str, Any], count: int, batches: Callable[[], Iterable[np.ndarray]]
    ) -> np.ndarray:
        """The same, from the cache if it has them.

        Args:
            facts: what says which images these are.
            count: images.
            batches: gives them, if they are not known.
        """
        if self._cache is None:
            return self.make(batches())
        text = json.dumps({**facts, **self._facts()}, sort_keys=True)
        path = self._cache / f"{hashlib.sha256(text.encode()).hexdigest()}.safetensors"
        known = _read(path, count)
        if known is None:
            known = self.make(batches())
            self._cache.mkdir(parents=True, exist_ok=True)
            write_bytes(path, save({"features": torch.from_numpy(known)}))
            _drop_oldest(self._cache)
        return known

    def _facts(self) -> dict[str, Any]:
        """All that bits depend on, beside the images."""
        return {
            "protocol": self.extractor.protocol,
            "device": self._device.device.type,
            "torch": torch.__version__,
            "threads": torch.get_num_threads(),
            "code": [sha256_file(file) for file in sorted(Path(__file__).parent.glob("*.py"))],
        }


def _read(path: Path, count: int) -> np.ndarray | None:
    try:
        header = read_header(path)
        _, shape = header.tensors.get("features", ("", ()))
        if len(shape) != 2 or shape[0] != count:
            return None
        wanted = {"features": torch.empty(shape, device="meta")}
        return read_tensors(path, header, wanted)["features"].numpy()
    except UserError:
        # Damaged or not there: made anew either way.
        return None


def _drop_oldest(folder: Path) -> None:
    files = sorted(folder.glob("*.safetensors"), key=lambda path: path.stat().st_mtime)
    for path in files[:-MOST_KEPT]:
        path.unlink(missing_ok=True)
