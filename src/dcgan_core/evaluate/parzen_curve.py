"""The Parzen-window log-likelihood of every snapshot of a run."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..data.listing import read_listing
from ..device.base import Device
from ..nets.snapshot import load_generator, read_info
from ..nets.snapshot_paths import snapshot_paths
from ..params import Parzen
from ..progress import tracked
from ..sample.latents import draw_latents
from ..tables import write_table
from .fakes import generate_seen
from .parzen_score import score as parzen_score
from .reals import Reals, background_of, choose_rows


def parzen_curve(
    snapshots: Path, normalized: Path, target: Path, params: Parzen, device: Device
) -> None:
    """Write one row a snapshot.

    Pixels are in [0,1], as in the published figures (Goodfellow et al. 2014); sigma is chosen
    on validation images, the mean is over test images, and every row says so. Which images, where
    there are more than are asked for, is drawn by the seed: the first rows may be all of one class.
    Images with alpha are put on the background and have three channels.
    """
    validation, _ = _pixels(normalized, "validation", params.sigma_points, params.seed)
    test, groups = _pixels(normalized, "test", params.test_points, params.seed)
    sigmas = np.geomspace(params.sigma_min, params.sigma_max, params.sigma_steps).tolist()
    paths = snapshot_paths(snapshots)
    background, rows = background_of(normalized), []
    for path in tracked(paths, "parzen", len(paths), "snapshots"):
        info, generator = read_info(path), load_generator(path, device.device)
        latents = draw_latents(params.centers, generator.latent_length, params.seed)
        centers = _flat(generate_seen(generator, latents, background))
        score = parzen_score(centers, validation, test, sigmas, groups, device.exact)
        rows.append(
            {
                "epoch": info.epoch,
                "step": info.step,
                "images": info.images,
                "log_likelihood": score.mean,
                "standard_error": score.standard_error,
                "standard_error_images": score.standard_error_images,
                "nats_per_dimension": score.nats_per_dimension,
                "sigma": score.sigma,
                "sigma_at_edge": score.at_edge,
                "scale": "[0,1]",
                "dimension": score.dimension,
                "n_centers": score.n_centers,
                "n_test": score.n_test,
                "n_groups": score.n_groups,
                "seed": params.seed,
            }
        )
    write_table(target, rows)


def _pixels(
    normalized: Path, split: str, most: int, seed: int
) -> tuple[np.ndarray, npt.NDArray | None]:
    """Images of a split as N×D in [0,1], and the group of each where they have groups."""
    with Reals(normalized / f"{split}.npy") as reals:
        rows = choose_rows(len(reals), most, seed)
        listing = read_listing(normalized, split, len(reals))
        return _flat(reals.read(rows)), listing.groups_of(rows)


def _flat(codes: np.ndarray) -> np.ndarray:
    """uint8 N×H×W×C to float32 N×D in [0,1]."""
    return codes.reshape(len(codes), -1).astype(np.float32) / 255.0
