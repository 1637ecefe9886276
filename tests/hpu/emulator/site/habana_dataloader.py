"""Emulated: HabanaDataLoader's choice between a Gaudi's decoders and torch's loader.

Says nothing when it falls back, as the real one; decodes nothing on any device.
"""

import torch
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import ImageFolder

IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
TRANSFORMS = (
    transforms.CenterCrop,
    transforms.Normalize,
    transforms.RandomHorizontalFlip,
    transforms.RandomResizedCrop,
    transforms.Resize,
    transforms.ToTensor,
)


class _MediaLoader:
    """Stands for the loader that uses the device."""

    def __init__(self, dataset, fallback_activated, **options):
        self.fallback_activated = fallback_activated
        self._loader = DataLoader(dataset, **options)

    def __len__(self):
        return len(self._loader)

    def __iter__(self):
        for images, labels in self._loader:
            yield images.to("hpu"), labels.to("hpu")


class HabanaDataLoader:
    """With the interface of torch's DataLoader; ``dataloader`` is what really loads."""

    def __init__(self, dataset, **options):
        # Workers and pinned memory would only slow a test.
        options = {**options, "num_workers": 0, "pin_memory": False}
        if isinstance(dataset, ImageFolder):
            self.dataloader = _MediaLoader(dataset, not _possible(dataset), **options)
        else:
            self.dataloader = DataLoader(dataset, **options)

    def __len__(self):
        return len(self.dataloader)

    def __iter__(self):
        return iter(self.dataloader)


def _possible(dataset: ImageFolder) -> bool:
    steps = dataset.transform.transforms
    if not all(isinstance(step, TRANSFORMS) for step in steps):
        return False
    if not all(path.endswith(".jpg") for path, _ in dataset.samples):
        return False
    if torch.hpu.get_device_name() != "GAUDI":
        return True
    norms = [step for step in steps if isinstance(step, transforms.Normalize)]
    return all((list(norm.mean), list(norm.std)) == IMAGENET for norm in norms)
