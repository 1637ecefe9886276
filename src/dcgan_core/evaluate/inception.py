"""Inception's features as FID and KID are defined on them, by way of torch-fidelity.

Network, weights and resizing are torch-fidelity's ``inception-v3-compat``: the network of 2015 in
TensorFlow's form (Heusel et al., "GANs Trained by a Two Time-Scale Update Rule", NIPS 2017,
arXiv:1706.08500), which distances called FID or KID need. The weights are those published and no
others, by their sha256.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..device.base import placed
from ..errors import UserError
from ..files import sha256_file
from ..optional import require
from ..process.locks import hold
from .image_batches import image_batches
from .weights_file import read_state_dict

URL = (
    "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/"
    "weights-inception-2015-12-05-6726825d.pth"
)
SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
NAME = URL.rpartition("/")[2]
NEEDED_BY = "fidelity.extractor: inception"
REMEDY = (
    f"Get {URL} by hand, on another machine if need be, and name the file as "
    "fidelity.extractor_path in params.yaml."
)

RESOLUTION = 299
FEATURES = 2048
CPU_BATCH = 16
ACCELERATOR_BATCH = 64
LOOK_EVERY = 0.5


class InceptionFeatures:
    """The features of images; the network is read once.

    Args:
        path: the weights, whose hash has been checked (:func:`find_weights`).

    Raises:
        UserError: torch-fidelity is not installed, or the file does not hold Inception's weights.
    """

    def __init__(self, path: Path):
        self.net = network(path)

    @property
    def protocol(self) -> dict[str, Any]:
        """What a score rests on beside the images."""
        return {
            "extractor": "inception",
            "weights": NAME.removesuffix(".pth"),
            "weights_sha256": SHA256,
            "library": f"torch-fidelity {version('torch-fidelity')}, inception-v3-compat",
            "resolution": RESOLUTION,
            "resize": "bilinear as TensorFlow 1 has it, no antialiasing, float32, to a square",
            "feature_dimension": FEATURES,
        }

    def extract(
        self,
        images: np.ndarray | Iterable[np.ndarray],
        device: str | torch.device = "cpu",
        batch_size: int | None = None,
    ) -> np.ndarray:
        """Features of each image: the last activations, averaged over positions.

        Args:
            images: as of :func:`~.features.extract`.
            device: where the network runs.
            batch_size: images at a time, at least 1; 16 on the CPU and 64 elsewhere unless given.

        Returns:
            float32 array N×2048, in order, values of at least 0.

        Raises:
            ValueError: no images; another dtype or shape; a batch size below 1.
        """
        device = torch.device(device)
        if batch_size is None:
            batch_size = CPU_BATCH if device.type == "cpu" else ACCELERATOR_BATCH
        net, rows = placed(self.net, device), []
        with torch.no_grad():
            for batch in image_batches(images, batch_size):
                pixels = torch.tensor(np.ascontiguousarray(batch)).permute(0, 3, 1, 2)
                (features,) = net(pixels.expand(-1, 3, -1, -1).to(device))
                rows.append(features.cpu().numpy())
        return np.concatenate(rows)


def network(path: Path) -> nn.Module:
    """torch-fidelity's network with the weights at ``path``, in eval mode, on the CPU.

    Raises:
        UserError: torch-fidelity is not installed, or the file does not hold such weights.
    """
    module = require("torch_fidelity.feature_extractor_inceptionv3", "torch-fidelity", NEEDED_BY)
    state = read_state_dict(path, REMEDY)
    try:
        return module.FeatureExtractorInceptionV3(
            "inception-v3-compat", ["2048"], feature_extractor_weights_path=_saved(state)
        )
    except RuntimeError as error:
        raise UserError(f"{path}: does not hold Inception's weights. {REMEDY}") from error


def _saved(state: Mapping[str, Tensor]) -> io.BytesIO:
    """The tensors as a file in memory: the library unpickles what it is given, code included."""
    stream = io.BytesIO()
    torch.save(dict(state), stream)
    stream.seek(0)
    return stream


def find_weights(path: str) -> Path:
    """The published weights: the file named, or the one in PyTorch's cache, fetched if need be.

    Args:
        path: ``fidelity.extractor_path``; empty for the cache, which torch-fidelity uses, too.

    Raises:
        UserError: the file named is missing or another one, or the fetch fails.
    """
    from ..data.sources.web import download, verify

    if path:
        if not Path(path).is_file():
            raise UserError(f"{path}: no such file (fidelity.extractor_path). {REMEDY}")
        verify(Path(path), path, f"sha256:{SHA256}", REMEDY)
        return Path(path)
    target = Path(torch.hub.get_dir()) / "checkpoints" / NAME
    if not (target.is_file() and sha256_file(target) == SHA256):
        with _turn(target.with_name(f".{NAME}.lock")):
            download(URL, target, f"sha256:{SHA256}", NEEDED_BY, (REMEDY, REMEDY))
    return target


@contextmanager
def _turn(lock: Path) -> Iterator[None]:
    """Wait for others that fetch the same file: several sizes may be scored at once."""
    while (held := hold(lock)) is None:
        time.sleep(LOOK_EVERY)
    with held:
        yield
