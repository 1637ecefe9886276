"""Walks through latent space as one looping GIF, side by side."""

import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..nets import Generator
from ..progress import tracked
from .captions import enlarge
from .gif import write_gif
from .grid import sheet
from .sampler import generate

FRAME_MS = 60


def there_and_back(walk: Tensor) -> Tensor:
    """T×nz to (2T − 2)×nz: the walk and its return, each end once, so that it loops."""
    return torch.cat([walk, walk[1:-1].flip(0)])


def films_gif(
    target: Path,
    generator: Generator,
    walks: list[Tensor],
    frame_ms: int = FRAME_MS,
    classes: Tensor | None = None,
) -> None:
    """All walks at the same time, in a grid that is wider than high or square.

    Args:
        target: the GIF to write.
        generator: in eval mode.
        walks: closed walks of one length, T×nz each, whose last frame leads to the first.
        frame_ms: how long each frame is shown, in milliseconds.
        classes: of each walk; None of an unconditional generator.
    """
    columns = math.ceil(math.sqrt(len(walks)))
    rows = math.ceil(len(walks) / columns)
    films = [
        generate(
            generator, walk, classes=None if classes is None else classes[place].repeat(len(walk))
        )
        for place, walk in enumerate(tracked(walks, target.name, len(walks), "walks"))
    ]
    frames = [sheet(enlarge(np.stack(cells)), rows, columns) for cells in zip(*films, strict=True)]
    write_gif(target, frames, frame_ms)
