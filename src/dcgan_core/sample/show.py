"""The pictures of a run: a sample sheet, a walk through latent space, training as it went."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..data.row_names import row_names
from ..device.base import Device
from ..errors import UserError
from ..files import writing
from ..nets import Classes
from ..nets.snapshot import load_generator
from ..nets.snapshot_paths import snapshot_paths
from ..params import Gif, Sample
from ..progress import tracked
from .gif import write_gif
from .grid import sheet, to_picture
from .interpolate import closed_walk
from .latents import FIXED_FILE, draw_latents, load_fixed_latents
from .sampler import generate


def sample_sheet(snapshot: Path, target: Path, params: Sample, device: Device) -> None:
    """A PNG sheet of rows × columns images from the generator in ``snapshot``.

    Of a conditional one each row is of one class. The PNG's text names them.
    """
    generator = load_generator(snapshot, device.device)
    count = params.rows * params.columns
    latents = draw_latents(count, generator.latent_length, params.seed)
    classes = by_rows(generator.classes, params.rows, params.columns)
    images = generate(generator, latents, classes=classes)
    known = generator.classes
    names = [known.names[one] for one in known.picked(params.rows)] if known else []
    with writing(target) as part:
        picture = to_picture(sheet(images, params.rows, params.columns))
        picture.save(part, format="PNG", pnginfo=row_names(names))


def by_rows(classes: Classes, rows: int, columns: int) -> Tensor | None:
    """The class of each cell of a sheet, row by row: one a row, from the first class to the last.

    With more classes than rows some are left out, evenly; with fewer some have several rows.

    Returns:
        int64 rows·columns; None where there are no classes.
    """
    if not classes:
        return None
    return torch.tensor(classes.picked(rows)).repeat_interleave(columns)


def interpolation_gif(snapshot: Path, target: Path, params: Sample, device: Device) -> None:
    """Closed walks on the sphere through latents, several side by side, as a looping GIF.

    Of a conditional generator each walk stays in one class.
    """
    generator = load_generator(snapshot, device.device)
    rows, columns = params.walk_rows, params.walk_columns
    count = rows * columns * params.walk_stops
    latents = draw_latents(count, generator.latent_length, params.seed)
    walks = [closed_walk(stops, params.steps) for stops in latents.split(params.walk_stops)]
    classes = by_rows(generator.classes, len(walks), len(walks[0]))
    theirs: Sequence[Tensor | None] = (
        [None] * len(walks) if classes is None else classes.split(len(walks[0]))
    )
    films = [
        generate(generator, walk, classes=one) for walk, one in zip(walks, theirs, strict=True)
    ]
    frames = [
        sheet(np.stack([film[moment] for film in films]), rows, columns)
        for moment in tracked(range(len(films[0])), "interpolation", len(films[0]), "frames")
    ]
    write_gif(target, frames, params.walk_frame_ms)


def training_gif(snapshots: Path, target: Path, params: Gif, device: Device) -> None:
    """The same latents through every snapshot, in training order; the last frame stays longer.

    Of conditional generators each row is of one class.

    Raises:
        UserError: as :func:`training_images`.
    """
    frames = [
        sheet(images, params.rows, params.columns)
        for images in training_images(snapshots, params.rows, params.columns, device)
    ]
    write_gif(target, frames, params.frame_ms, params.hold_last)


def training_images(
    snapshots: Path, rows: int, columns: int, device: Device
) -> Iterator[np.ndarray]:
    """The same latents through every snapshot, in training order.

    Args:
        snapshots: the folder of a run's generators and of its fixed latents.
        rows: of a sheet; of conditional generators each is of one class.
        columns: of a sheet.
        device: where the generators run.

    Yields:
        uint8 rows·columns×H×W×C, of one snapshot.

    Raises:
        UserError: a file of the run is missing, not whole, or of another run; or the sheet has
            more cells than there are latents.
    """
    paths = snapshot_paths(snapshots)
    latents = load_fixed_latents(snapshots)
    if rows * columns > len(latents):
        raise UserError(
            f"{rows} rows of {columns} are {rows * columns} images, but {snapshots / FIXED_FILE} "
            f"has {len(latents)} latents: choose fewer rows or columns."
        )
    latents = latents[: rows * columns]
    for path in tracked(paths, "film", len(paths), "frames"):
        generator = load_generator(path, device.device)
        if generator.latent_length != latents.shape[1]:
            raise UserError(
                f"{path}: takes latents of length {generator.latent_length}, but {FIXED_FILE} "
                f"beside it has {latents.shape[1]}: they are of different runs. Train again."
            )
        yield generate(generator, latents, classes=by_rows(generator.classes, rows, columns))
