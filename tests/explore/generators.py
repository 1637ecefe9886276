"""Small generators of every family, upsampling, norm and activation, with images that vary."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from nets.models import model
from torch import nn

from dcgan_core.data.pack import PackWriter
from dcgan_core.nets import Classes, Generator, build_generator
from dcgan_core.nets.conditional import ClassAffine
from dcgan_core.nets.init import Weighted
from dcgan_core.nets.layers import NORM_LAYERS, NoiseInput
from dcgan_core.nets.reparametrize import settle_spectrum
from dcgan_core.nets.snapshot import SnapshotInfo, save_generator
from dcgan_core.records import write_json

CLASSES = {"cat": 30, "dog": 10, "<b>bird</b>": 20}


@dataclass(frozen=True)
class Case:
    """One generator: its image's sides and channels, classes, and settings of the model."""

    size: tuple[int, int]
    channels: int = 3
    classes: dict[str, int] = field(default_factory=dict)
    model: dict = field(default_factory=dict)


def case(height, width, channels=3, classes=None, **changes) -> Case:
    """A case of a model that departs from the tests' plain one."""
    return Case((height, width), channels, classes or {}, changes)


CASES = {
    "as shipped": case(32, 32, upsampling="nearest", noise_inputs=True),
    "fine, bilinear, odd": case(
        157, 128, latent=5, ngf=2, family="fine", upsampling="bilinear", norm_g="renorm"
    ),
    "tutorial, transposed": case(64, 64, ngf=2, family="tutorial"),
    "extra-block, odd": case(
        45, 70, family="extra-block", norm_g="spectral+batch", activation_g="leaky_relu"
    ),
    "rectangular, kernels of 5": case(157, 128, ngf=2, family="rectangular", norm_g="batch"),
    "rectangular, layer norm": case(
        33, 47, family="rectangular", norm_g="layer", upsampling="nearest", activation_g="selu"
    ),
    "wide, instance norm": case(
        37, 26, family="wide", norm_g="instance", upsampling="bilinear", noise_inputs=True
    ),
    "flowers, pixel norm, grey": case(
        24, 40, 1, family="flowers", norm_g="pixel", upsampling="nearest"
    ),
    "mnist, no norm, grey": case(28, 28, 1, family="mnist", norm_g="none"),
    "spectral, alpha, odd": case(
        31, 33, 4, norm_g="spectral", upsampling="nearest", noise_inputs=True
    ),
    "alpha, equalised": case(20, 20, 4, norm_g="layer", equalized_lr=True, noise_inputs=True),
    "conditional, batch norm": case(
        32, 24, 3, CLASSES, upsampling="nearest", noise_inputs=True, conditional=True
    ),
    "conditional, no norm": case(
        17, 19, 3, CLASSES, family="fine", norm_g="none", upsampling="bilinear", conditional=True
    ),
    "conditional, instance norm": case(
        16, 16, 1, CLASSES, family="rectangular", norm_g="instance", conditional=True
    ),
}


def made(wanted: Case, seed: int = 0) -> Generator:
    """The case's generator in eval mode, its weights such that all its maps vary about as much."""
    rng = torch.Generator().manual_seed(seed)
    layers = model(**{"latent": 7, "ngf": 3, **wanted.model})
    classes = Classes(tuple(wanted.classes), tuple(wanted.classes.values()))
    found = build_generator(*wanted.size, wanted.channels, layers, rng, classes).eval()
    with torch.no_grad():
        for module in found.modules():
            _enliven(module, rng)
        settle_spectrum(found)
        hooks = [module.register_forward_hook(_scale) for module in found.modules()]
        many = torch.randn(16, layers.latent, generator=rng)
        found(many, classes.first(16) if classes else None)
        for hook in hooks:
            hook.remove()
    return found


def _enliven(module: nn.Module, rng: torch.Generator) -> None:
    """Draw what training would have moved away from where it began."""
    if isinstance(module, Weighted) and module.bias is not None:
        module.bias.normal_(0, 0.1, generator=rng)
    elif isinstance(module, NoiseInput):
        module.strength.normal_(0, 0.3, generator=rng)
    elif isinstance(module, (*NORM_LAYERS, ClassAffine)) and module.weight is not None:
        module.weight.normal_(1, 0.3, generator=rng)
        module.bias.normal_(0, 0.3, generator=rng)


def _scale(module: nn.Module, inputs: tuple, output: torch.Tensor) -> torch.Tensor | None:
    """Make a layer's output as large as 1, and a batch norm know roughly what comes in."""
    if isinstance(module, nn.BatchNorm2d):
        variance, mean = torch.var_mean(inputs[0], dim=(0, 2, 3))
        module.running_mean.copy_(mean + 0.2 * variance.sqrt())
        module.running_var.copy_(1.3 * variance + 1e-6)
        return module.forward(inputs[0])
    if not isinstance(module, Weighted):
        return None
    turned = getattr(module, "parametrizations", None)
    weight = turned.weight.original if turned else module.weight
    before = module.weight.clone()
    weight /= output.std()
    if torch.allclose(module.weight, before, rtol=1e-3):
        return None
    if module.bias is not None:
        module.bias /= output.std()
    return output / output.std()


def save(path, generator: Generator, images: int) -> None:
    """The generator as a snapshot after so many images."""
    height, width = generator.height, generator.width
    name = str(height) if height == width else f"{height}x{width}"
    classes = dict(zip(generator.classes.names, generator.classes.images, strict=True))
    info = SnapshotInfo(
        *(name, height, width, generator.channels, generator.model.model_dump()),
        *(1, 1, images, "ema"),
        classes=classes,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    save_generator(path, generator, info)


def write_run(root, generators: dict[int, Generator], best: int, train: int = 30) -> None:
    """What the explorer reads of a run: snapshots by images, the best, and small splits."""
    for images, generator in generators.items():
        save(root / f"snapshots/images_{images:09d}.safetensors", generator, images)
    save(root / "best.safetensors", generators[best], best)
    rng, normalized = np.random.default_rng(0), root / "normalized"
    normalized.mkdir()
    one = generators[best]
    for split, count in (("train", train), ("validation", 25)):
        shape = (one.height, one.width, one.channels)
        with PackWriter(normalized / f"{split}.npy", *shape, np.uint8) as pack:
            coarse = rng.integers(0, 256, (count, 4, 4, one.channels), np.uint8)
            large = coarse.repeat(-(-one.height // 4), 1).repeat(-(-one.width // 4), 2)
            pack.append(np.ascontiguousarray(large[:, : one.height, : one.width]))
    write_json(normalized / "normalization.json", {"source": "folder"})
