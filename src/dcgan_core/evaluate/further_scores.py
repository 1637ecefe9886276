"""Scores of the best snapshot beside those of its features: spectra, known truth, classes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..device.base import Device
from ..nets import Generator
from ..nets.snapshot import load_generator
from ..sample.latents import scoring_latents
from . import attributes_record, digits_record
from .classes_record import classes_record
from .fakes import seen_batches
from .feature_maker import FeatureMaker
from .labels_record import labels_record
from .real_sets import BATCH, RealSet
from .reals import background_of, source_of
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
    background = background_of(inputs["splits"])
    latents = scoring_latents(count, generator.latent_length, seed)
    made = spectrum(seen_batches(generator, latents, background, BATCH), _blocks(count))
    train = spectrum(real["train"].batches(), _blocks(len(real["train"]), real["train"].groups))
    groups = (
        spectra_record(train, made, spectrum(real["test"].batches())),
        _known_truth(generator, inputs["splits"], real["test"], seed, device),
        classes_record(generator, inputs["splits"], real, count, seed, device, maker),
        labels_record(inputs["discriminator"], inputs["splits"], seed),
    )
    return [group for group in groups if group]


def _known_truth(
    generator: Generator, splits: Path, test: RealSet, seed: int, device: Device
) -> dict[str, Any] | None:
    """What can be read off drawn images; None of others."""
    source, background = source_of(splits), background_of(splits)
    if source not in (digits_record.SOURCE, attributes_record.SOURCE):
        return None
    held_out = np.concatenate(list(test.batches()))
    if source == digits_record.SOURCE:
        return digits_record.digits_record(generator, seed, held_out, device, background)
    return attributes_record.attributes_record(
        generator, seed, held_out, test.labels, device, background
    )


def _blocks(count: int, groups: np.ndarray | None = None) -> np.ndarray:
    """BLOCKS blocks of images, none of which shares a group with another."""
    return units_of(count, groups) % BLOCKS
