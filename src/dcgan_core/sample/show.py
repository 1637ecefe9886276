"""The pictures of a run: a sample sheet, a walk through latent space, training as it went."""

from pathlib import Path

import numpy as np

from ..device.base import Device
from ..errors import UserError
from ..files import writing
from ..nets.snapshot import load_generator
from ..nets.snapshot_paths import snapshot_paths
from ..params import Gif, Sample
from ..progress import tracked
from .gif import write_gif
from .grid import sheet, to_picture
from .interpolate import closed_walk
from .latents import FIXED_FILE, draw_latents, load_fixed_latents
from .sampler import generate


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
    rows, columns = params.walk_rows, params.walk_columns
    count = rows * columns * params.walk_stops
    latents = draw_latents(count, generator.latent_length, params.seed)
    walks = [closed_walk(stops, params.steps) for stops in latents.split(params.walk_stops)]
    films = [generate(generator, walk) for walk in walks]
    frames = [
        sheet(np.stack([film[moment] for film in films]), rows, columns)
        for moment in tracked(range(len(films[0])), "interpolation", len(films[0]), "frames")
    ]
    write_gif(target, frames, params.walk_frame_ms)


def training_gif(snapshots: Path, target: Path, params: Gif, device: Device) -> None:
    """The same latents through every snapshot, in training order; the last frame stays longer.

    Raises:
        UserError: a file of the run is missing, not whole, or of another run.
    """
    paths = snapshot_paths(snapshots)
    latents = load_fixed_latents(snapshots)[: params.rows * params.columns]
    frames = []
    for path in tracked(paths, "gif", len(paths), "frames"):
        generator = load_generator(path, device.device)
        if generator.latent_length != latents.shape[1]:
            raise UserError(
                f"{path}: takes latents of length {generator.latent_length}, but {FIXED_FILE} "
                f"beside it has {latents.shape[1]}: they are of different runs. Train again."
            )
        frames.append(sheet(generate(generator, latents), params.rows, params.columns))
    write_gif(target, frames, params.frame_ms, params.hold_last)
