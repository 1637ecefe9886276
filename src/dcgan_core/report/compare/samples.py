"""Images that the best snapshots of several runs make of the same latents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..numbers import count
from ..pictures import Picture, array_picture, montage
from .runs import Run

SIDE = 4
"""Rows and columns of a sheet."""
SEED = 1
"""That of numbered samples, so that ``dcgan sample`` shows more of the same ones."""


@dataclass(frozen=True)
class Samples:
    """A sheet of each run.

    Attributes:
        sheets: in the runs' order.
        lengths: of each run's latents.
    """

    sheets: list[Picture]
    lengths: list[int]

    @property
    def same_latents(self) -> bool:
        """Whether a place on all sheets is one latent."""
        return len(set(self.lengths)) == 1


def draw_samples(runs: Sequence[Run], width: int = 320) -> Samples:
    """Sheets of the first latents of SEED, from each run's ``best.safetensors``, on the CPU.

    Args:
        runs: at one size.
        width: of a sheet on the page, in pixels.

    Raises:
        UserError: a snapshot is missing or damaged.
    """
    from ...nets.snapshot import load_generator
    from ...sample.latents import draw_latents
    from ...sample.sampler import generate

    sheets, lengths = [], []
    for run in runs:
        generator = load_generator(_snapshot(run))
        lengths.append(generator.latent_length)
        latents = draw_latents(SIDE * SIDE, generator.latent_length, SEED)
        sheet = montage(generate(generator, latents), SIDE, SIDE)
        seen = count(run.record["best"]["images"])
        words = f"{run.name}: best snapshot, after {seen} images"
        sheets.append(array_picture(sheet, words, width))
    return Samples(sheets, lengths)


def _snapshot(run: Run) -> Path:
    return run.results / "best.safetensors"
