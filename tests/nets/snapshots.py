"""Snapshots of untrained generators, for tests that look at what they draw."""

from dataclasses import replace

import torch
from nets.models import model

from dcgan_core.nets import Classes, Generator
from dcgan_core.nets.snapshot import SnapshotInfo, save_generator


def save_drawing_generator(
    path, epoch, latent=6, classes=None, size=(16, 16), channels=3, spread=1.0, **changes
):
    """A snapshot whose weights are large enough that no two latents look alike.

    ``spread`` is their standard deviation: 1 draws noise of full colours; 0.3 with bilinear
    upsampling draws clouds. ``changes`` are settings of the model.
    """
    layers = model(latent, 4, **changes)
    known = Classes(tuple(classes or {}), tuple((classes or {}).values()))
    generator = Generator(*size, channels, layers, known)
    for parameter in generator.parameters():
        rng = torch.Generator().manual_seed(epoch)
        torch.nn.init.normal_(parameter, std=spread, generator=rng)
    name = str(size[0]) if size[0] == size[1] else f"{size[0]}x{size[1]}"
    info = SnapshotInfo(name, *size, channels, layers.model_dump(), epoch, epoch, epoch, "raw")
    save_generator(path, generator, replace(info, classes=classes or {}))
