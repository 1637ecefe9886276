"""The latent whose picture comes nearest to a given one: the best of many, and then downhill."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..data.alpha import on_neutral, premultiplied
from ..data.codes import tensor_to_unit
from ..nets import Generator
from ..progress import progress
from ..sample.sampler import generate, to_codes
from .distance import Distance

DRAWN = 1024
"""Latents tried before."""
BATCH = 64
STARTS = 8
"""The best of them, from which the search goes downhill: one alone may end in a hollow."""
RATE = 0.1
"""Of Adam, at first; it falls to 0 along a cosine."""
USUAL = 3.0
"""Standard deviations of a latent's squared length that cost nothing: training drew such."""
MOMENTS = 6


@dataclass(frozen=True)
class Found:
    """What was found.

    Attributes:
        latent: nz.
        label: its class; None of an unconditional generator.
        image: what the generator makes of it, uint8 H×W×C.
        difference: from the picture, as :func:`difference` has it.
        drawn_difference: the least of the latents drawn before.
        moments: steps and the images there, on the way to the latent found.
    """

    latent: Tensor
    label: int | None
    image: npt.NDArray[np.uint8]
    difference: float
    drawn_difference: float
    moments: list[tuple[int, npt.NDArray[np.uint8]]]


def project(
    generator: Generator,
    picture: npt.NDArray[np.uint8],
    latents: Tensor,
    classes: Tensor | None,
    steps: int,
    features: bool,
) -> Found:
    """Search for the latent.

    Args:
        generator: in eval mode; nothing of it is changed.
        picture: uint8 H×W×C, of the generator's shape.
        latents: drawn, N×nz: where the search begins.
        classes: of each, N; None of an unconditional generator. A latent keeps its class.
        steps: downhill, at least 1.
        features: whether features of EfficientNet-Lite0 count beside pixels.

    Raises:
        UserError: features are asked for, and their package is not installed.
    """
    device = next(generator.parameters()).device
    values = tensor_to_unit(torch.tensor(picture).permute(2, 0, 1)[None])
    distance = Distance(premultiplied(values)[0].to(device), features)
    best = _best_drawn(generator, distance, latents, classes)
    theirs = None if classes is None else classes[best].to(device)

    def draw(latents: Tensor) -> Tensor:
        return generator(latents) if theirs is None else generator(latents, theirs)

    starts = latents[best].to(device)
    path = _downhill(draw, distance, starts, steps)
    with torch.no_grad():
        winner = int(distance(draw(path[-1][1])).argmin())
    ways = torch.stack([latents[winner] for _, latents in path]).cpu()
    label = None if theirs is None else int(theirs[winner])
    labels = None if label is None else torch.full((len(ways),), label)
    images = generate(generator, ways, classes=labels)
    with torch.no_grad():
        drawn = to_codes(draw(starts))
    return Found(
        ways[-1],
        label,
        images[-1],
        difference(images[-1], picture),
        min(difference(image, picture) for image in drawn),
        [(step, image) for (step, _), image in zip(path, images, strict=True)],
    )


def difference(image: npt.NDArray[np.uint8], picture: npt.NDArray[np.uint8]) -> float:
    """The root mean square difference of two pictures' codes as seen on a plain ground, 0 to 255.

    Colours that transparency hides count for nothing.
    """
    a, b = (on_neutral(codes).astype(float) for codes in (image, picture))
    return float(np.sqrt(np.square(a - b).mean()))


@torch.no_grad()
def _best_drawn(
    generator: Generator, distance: Distance, latents: Tensor, classes: Tensor | None
) -> list[int]:
    """The STARTS latents nearest to the picture; sets the distance's units."""
    device, pixels = next(generator.parameters()).device, []

    def draw(rows: Tensor | slice) -> Tensor:
        given = (latents[rows], *([] if classes is None else [classes[rows]]))
        return generator(*(one.to(device) for one in given))

    with progress("look around", len(latents), "latents") as bar:
        for start in range(0, len(latents), BATCH):
            images = draw(slice(start, start + BATCH))
            pixels.append(distance.pixels(images).cpu())
            bar.advance(len(images))
    # Features take far longer than pixels, so that the choice is made in two steps.
    near = torch.cat(pixels).argsort()[:BATCH]
    images = draw(near)
    distance.scale_to(images)
    return near[distance(images).argsort()[:STARTS].cpu()].tolist()


def _downhill(
    draw: Callable[[Tensor], Tensor], distance: Distance, starts: Tensor, steps: int
) -> list[tuple[int, Tensor]]:
    """Steps and latents on the way from all starts at once: the first, the last, some between."""
    latents = starts.clone().requires_grad_()
    optimizer = torch.optim.Adam([latents], lr=RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    wanted = {round(steps * (moment / MOMENTS) ** 2) for moment in range(MOMENTS)}
    path = [(0, starts)]
    with progress("project", steps, "steps") as bar:
        for step in range(1, steps + 1):
            optimizer.zero_grad()
            far = distance(draw(latents))
            (far + _unusual(latents)).sum().backward()
            optimizer.step()
            schedule.step()
            if step in wanted or step == steps:
                path.append((step, latents.detach().clone()))
            bar.advance(1, f"distance {float(far.detach().min()):.4f}" if step % 10 == 0 else "")
    return path


def _unusual(latents: Tensor) -> Tensor:
    """What unusual lengths cost, N: a generator draws well only what it was trained to draw."""
    length = latents.shape[1]
    aside = (latents.pow(2).mean(dim=1) - 1).abs() - USUAL * math.sqrt(2 / length)
    return aside.clamp(min=0).pow(2)
