"""The pictures of a run: a sample sheet, a walk through latent space, training as it went."""

from pathlib import Path

import numpy as np

from ..device import Device
from ..files import writing
from ..nets.snapshot import load_generator
from ..nets.snapshot_paths import snapshot_paths
from ..params import Gif, Sample
from ..progress import tracked
from .gif import write_gif
from .grid import sheet, to_picture
from .interpolate import closed_walk
from .latents import draw_latents, load_fixed_latents
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
    """The same latents through every snapshot, in training order; the last frame stays longer."""
    paths = snapshot_paths(snapshots)
    latents = load_fixed_latents(snapshots)[: params.rows * params.columns]
    frames = [
        sheet(generate(load_generator(path, device.device), latents), params.rows, params.columns)
        for path in tracked(paths, "gif", len(paths), "frames")
    ]
    write_gif(target, frames, params.frame_ms, params.hold_last)
