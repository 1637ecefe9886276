"""A look at the generator while it trains: one sheet a round, beside the training state."""

from pathlib import Path

from torch import Tensor

from ...files import writing
from ...nets import Generator
from ...sample.grid import sheet, to_picture
from ...sample.sampler import generate

SIDE = 6


def write_preview(folder: Path, seen: int, generator: Generator, latents: Tensor) -> None:
    """Write ``images_NNNNNNNNN.png``, a square sheet of the first latents, into ``folder``."""
    images = generate(generator, latents[: SIDE * SIDE])
    with writing(folder / f"images_{seen:09d}.png") as part:
        to_picture(sheet(images, SIDE, SIDE)).save(part, format="PNG")
