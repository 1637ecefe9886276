"""The pictures of a run: a sample sheet, a walk through latent space, training as it went."""

from pathlib import Path

import numpy as np

from ..device.base import Device
from ..errors import UserError
from ..files import writing
from ..nets.snapshot import load_generator
from ..params import Gif, Sample
from ..progress import tracked
from .gif import write_gif
from .grid import sheet, to_picture
from .interpolate import closed_walk
from .latents import draw_latents, load_fixed_latents
from .sampler import generate

WALK_STOPS = 5
WALK_ROWS, WALK_COLUMNS = 2, 4
WALK_FRAME_MS = 80


def snapshot_paths(folder: Path) -> list[Path]:
    """The generators of a run, in training order.

    Raises:
        UserError: there are none.
    """
    paths = sorted(folder.glob("epoch_*.safetensors"))
    if not paths:
        raise UserError(f"{folder}: no snapshots here. Run the train stage first.")
    return paths


def sample_sheet(final: Path, target: Path, params: Sample, device: Device) -> None:
    """A PNG sheet of rows × columns images from the generator in ``final``."""
    generator = load_generator(final, device.device)
    count = params.rows * params.columns
    images = generate(generator, draw_latents(count, generator.latent_length, params.seed))
    with writing(target) as part:
        to_picture(sheet(images, params.rows, params.columns)).save(part, format="PNG")


def interpolation_gif(final: Path, target: Path, params: Sample, device: Device) -> None:
    """Closed walks on the sphere through latents, several side by side, as a looping GIF."""
    generator = load_generator(final, device.device)
    cells = WALK_ROWS * WALK_COLUMNS
    stops = draw_latents(cells * WALK_STOPS, generator.latent_length, params.seed)
    walks = [closed_walk(part, params.steps) for part in stops.split(WALK_STOPS)]
    films = [generate(generator, walk) for walk in walks]
    frames = [
        sheet(np.stack([film[moment] for film in films]), WALK_ROWS, WALK_COLUMNS)
        for moment in tracked(range(len(films[0])), "interpolation", len(films[0]), "frames")
    ]
    write_gif(target, frames, WALK_FRAME_MS)


def training_gif(snapshots: Path, target: Path, params: Gif, device: Device) -> None:
    """The same latents through every snapshot, in training order; the last frame stays longer."""
    paths = snapshot_paths(snapshots)
    latents = load_fixed_latents(snapshots)[: params.rows * params.columns]
    frames = [
        sheet(generate(load_generator(path, device.device), latents), params.rows, params.columns)
        for path in tracked(paths, "gif", len(paths), "frames")
    ]
    write_gif(target, frames, params.frame_ms, hold_last=6)
