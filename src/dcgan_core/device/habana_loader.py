"""HabanaDataLoader, refused where it would silently be torch's own loader."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from torch.utils.data import DataLoader

from ..errors import UserError
from ..optional import require

WORKERS = 8
NEEDED_BY = "train.loader = habana"
REMEDY = "It comes in the Gaudi container; or set train.loader to pack"


def open_loader(folder: Path, batch_size: int, size: tuple[int, int]) -> Iterable:
    """Batches (images N×3×H×W float32 in [-1,1], labels) of the JPEG files in ``folder/*/``.

    Args:
        folder: holds a folder of JPEG files for each label.
        batch_size: N; a last batch of fewer images is dropped.
        size: (height, width) of every image.

    Raises:
        UserError: the loader or torchvision is not installed, or the loader fell back to
            torch's, which it does without a word.
    """
    habana = require("habana_dataloader", "habana_dataloader", NEEDED_BY, REMEDY)
    datasets = require("torchvision.datasets", "torchvision", NEEDED_BY, REMEDY)
    transforms = require("torchvision.transforms", "torchvision", NEEDED_BY, REMEDY)
    steps = [
        transforms.Resize(size),
        transforms.ToTensor(),
        transforms.Normalize([0.5] * 3, [0.5] * 3),
    ]
    loader = habana.HabanaDataLoader(
        datasets.ImageFolder(str(folder), transforms.Compose(steps)),
        batch_size=batch_size,
        shuffle=True,
        num_workers=WORKERS,
        pin_memory=True,
        drop_last=True,
    )
    if fell_back(loader):
        raise UserError(
            "train.loader = habana: HabanaDataLoader fell back to torch's loader. A "
            "first-generation Gaudi takes ImageNet's normalisation alone, whose range a tanh "
            "generator cannot reach; others take .jpg files and few transforms. Set train.loader "
            "to pack"
        )
    return loader


def fell_back(loader: Any) -> bool:
    """Whether a HabanaDataLoader does its work on the CPU after all."""
    inner = loader.dataloader
    return type(inner) is DataLoader or inner.fallback_activated
