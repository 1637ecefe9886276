"""Scores of the best snapshot beside those of its features: spectra, digits, classes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..device.base import Device
from ..nets.snapshot import load_generator
from ..records import read_json
from ..sample.latents import scoring_latents
from ..sample.sampler import generate_batches
from .classes_record import classes_record
from .digits_record import SOURCE, digits_record
from .feature_maker import FeatureMaker
from .labels_record import labels_record
from .real_sets import BATCH, RealSet
from .spectra import spectrum
from .spectra_record import spectra_record
from .subsets import units_of

BLOCKS = 20
"""Of images, one of which is left out at a time."""


def further_scores(
    best: Path,
    inputs: Mapping[str, Path],
    real: Mapping[str, RealSet],
    count: int,
    seed: int,
    device: Device,
    maker: FeatureMaker,
) -> list[dict[str, Any]]:
    """The groups of scores that the images at hand allow, as page and card show them.

    Args:
        best: the snapshot.
        inputs: ``discriminator`` of its run, and ``splits``, the folder of splits.
        real: real images by split.
        count: samples.
        seed: of the latents.
        device: where the networks run.
        maker: makes features.
    """
    generator = load_generator(best, device.device)
    latents = scoring_latents(count, generator.latent_length, seed)
    made = spectrum(generate_batches(generator, latents, BATCH), _blocks(count))
    train = spectrum(real["train"].batches(), _blocks(len(real["train"]), real["train"].groups))
    groups: list[dict[str, Any] | None] = [
        spectra_record(train, made, spectrum(real["test"].batches()))
    ]
    source = read_json(inputs["splits"] / "normalization.json", {"source": str})["source"]
    if source == SOURCE:
        held_out = np.concatenate(list(real["test"].batches()))
        groups.append(digits_record(generator, seed, held_out, device))
    if generator.classes:
        groups.append(classes_record(generator, source, real, count, seed, device, maker))
    groups.append(labels_record(inputs["discriminator"], inputs["splits"], seed))
    return [group for group in groups if group]


def _blocks(count: int, groups: np.ndarray | None = None) -> np.ndarray:
    """BLOCKS blocks of images, none of which shares a group with another."""
    return units_of(count, groups) % BLOCKS
