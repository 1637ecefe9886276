"""Fidelity of every snapshot, the choice of the best, and controls that give the scale."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..data.minima import usable_neighbors
from ..data.pack import Pack
from ..device.base import Device
from ..files import writing
from ..nets import Generator
from ..nets.snapshot import load_generator, read_info
from ..nets.snapshot_paths import snapshot_paths
from ..params import Fidelity
from ..progress import tracked
from ..records import write_json
from ..sample.latents import draw_latents, scoring_latents
from ..tables import write_table
from .controls import BLURS, blurred, noise
from .copies_sheet import copies_sheet
from .extractors import find_extractor
from .fakes import seen_batches
from .feature_maker import FeatureMaker
from .fidelity import Side, estimates, side
from .fidelity_record import (
    SCHEMA,
    Scored,
    choice_record,
    look_record,
    protocol,
    reference_record,
    snapshot_row,
)
from .further_scores import further_scores
from .near_copies import CopyCheck
from .real_sets import BATCH, REFERENCES, read_real_sets
from .reals import Reals, row_batches
from .select import choose
from .thumbnails import thumbnails, thumbnails_of


@dataclass(frozen=True)
class Samples:
    """What is kept of a snapshot's samples: not the images."""

    features: np.ndarray
    pictures: Tensor


class FidelityCurve:
    """Scores against one run's held-out images.

    Snapshots are scored on the validation split, which chooses the best; the best and the
    controls are scored on the test split and on new places, which choose nothing, with samples of
    other latents.

    Args:
        normalized: the folder of splits.
        params: what is scored, and by what the best is chosen.
        device: where generator and extractor run.
        cache: a folder that keeps real images' features from run to run; None keeps none.
    """

    def __init__(self, normalized: Path, params: Fidelity, device: Device, cache: Path | None):
        self.params, self.device = params, device
        self.maker = FeatureMaker(find_extractor(params), device, cache)
        self._train = normalized / "train.npy"
        with Reals(self._train) as reals:
            self.shape = (reals.height, reals.width, reals.channels)
            self.background = reals.background
            # As many samples as real images stand beside them: distances fall with the count.
            self.count = min(params.samples, len(reals))
            pictures = thumbnails_of(reals)
        self.real = read_real_sets(normalized, params, self.count, self.maker)
        self._sides: dict[str, Side] = {}
        train, validation = self.real["train"], self.real["validation"]
        held_out = torch.cat([thumbnails(batch) for batch in validation.batches()])
        self.copies = CopyCheck(
            pictures,
            (train.features, train.rows),
            (held_out, validation.features),
            self._training_features,
        )

    def real_side(self, split: str) -> Side:
        """The real images of a split, as one side of a comparison."""
        if split not in self._sides:
            self._sides[split] = self.real[split].side(self.params.neighbors, self.params.seed)
        return self._sides[split]

    def fake_side(self, features: np.ndarray) -> Side:
        """Other images' features, as the other side."""
        return side(features, self.params.neighbors, (self.params.seed, 1))

    def samples(self, generator: Generator, latents: Tensor) -> Samples:
        """What is kept of the images that a generator makes of the latents."""
        pictures: list[Tensor] = []

        def made() -> Iterator[np.ndarray]:
            for codes in seen_batches(generator, latents, self.background, BATCH):
                pictures.append(thumbnails(codes))
                yield codes

        return Samples(self.maker.make(made()), torch.cat(pictures))

    def snapshot(self, path: Path) -> Scored:
        """A snapshot, scored on the validation split."""
        generator = load_generator(path, self.device.device)
        latents = draw_latents(self.count, generator.latent_length, self.params.seed)
        samples = self.samples(generator, latents)
        scores = estimates(self.real_side("validation"), self.fake_side(samples.features))
        look = self.copies.look(samples.pictures, samples.features)
        return Scored(path, read_info(path), scores, look, self.copies.veto(look))

    def controls(self) -> dict[str, np.ndarray]:
        """Features of images that nobody generated: training images, blurred ones, noise."""
        train = self.real["train"]
        uniform = noise(self.count, self.shape, self.params.seed, BATCH)
        return {
            "real": train.features,
            **{
                name: self.maker.make(blurred(train.batches(), share))
                for name, share in BLURS.items()
            },
            "noise": self.maker.make(uniform),
        }

    def final(self, best: Path, sheet: Path) -> dict[str, Any]:
        """The best snapshot and the controls on each reference, with samples of other latents.

        Args:
            best: the snapshot.
            sheet: the PNG to write, of the samples that are most like other images.

        Returns:
            The parts of the record on ``references`` and ``copies``.
        """
        generator = load_generator(best, self.device.device)
        latents = scoring_latents(self.count, generator.latent_length, self.params.seed)
        samples = self.samples(generator, latents)
        look = self.copies.look(samples.pictures, samples.features)
        with Pack(self._train) as train:
            copies_sheet(sheet, look, generator, latents, train)
        rows = {"best": samples.features, **self.controls()}
        sides = {name: self.fake_side(features) for name, features in rows.items()}
        references = {}
        for reference, split in REFERENCES.items():
            if split in self.real:
                real, ours = self.real[split], self.real_side(split)
                scores = {name: estimates(ours, theirs) for name, theirs in sides.items()}
                groups = 0 if real.groups is None else len(np.unique(real.groups))
                references[reference] = reference_record(reference, scores, len(real), groups)
        return {
            "references": references,
            "copies": look_record(look, self.copies.veto(look)),
        }

    def facts(self) -> dict[str, Any]:
        """What is the same in all rows of the table."""
        return {
            "split": "validation",
            "n_real": len(self.real["validation"]),
            "n_fake": self.count,
            "extractor": self.params.extractor,
            "seed": self.params.seed,
        }

    def protocol(self) -> dict[str, Any]:
        """What the scores rest on."""
        extractor = self.maker.extractor
        splits = {"validation": "validation", **REFERENCES}
        seen = {"background": self.background} if self.background else {}
        return protocol(
            {**extractor.protocol, "extractor_short_name": extractor.short_name, **seen},
            self.params,
            self.count,
            {
                name: min(
                    self.real_side(split).neighbors,
                    usable_neighbors(self.params.neighbors, self.count),
                )
                for name, split in splits.items()
                if split in self.real
            },
        )

    def _training_features(self, rows: np.ndarray) -> np.ndarray:
        with Reals(self._train) as reals:
            return self.maker.make(row_batches(reals, rows, BATCH))


def fidelity_curve(
    inputs: dict[str, Path],
    targets: dict[str, Path],
    params: Fidelity,
    device: Device,
    cache: Path | None = None,
) -> None:
    """Score every snapshot and choose the best.

    Args:
        inputs: ``snapshots`` and ``discriminator`` of a run, and ``splits``, its folder of splits.
        targets: the files to write: ``table``, a CSV with one row a snapshot, scored on the
            validation split; ``record``, JSON with the protocol and the final scores; ``best``, a
            copy of the best snapshot; ``copies``, a PNG of the samples most like another image.
        params: what is scored, and by what the best is chosen.
        device: where generator and extractor run.
        cache: a folder that keeps real images' features from run to run; None keeps none.
    """
    curve = FidelityCurve(inputs["splits"], params, device, cache)
    paths = snapshot_paths(inputs["snapshots"])
    scored = [curve.snapshot(path) for path in tracked(paths, "fidelity", len(paths), "snapshots")]
    choice = choose([one.scores for one in scored], [one.veto for one in scored], params.criterion)
    words = zip(scored, choice.verdicts, strict=True)
    facts = curve.facts()
    write_table(targets["table"], [snapshot_row(one, word, facts) for one, word in words])
    best = scored[choice.best].path
    with writing(targets["best"]) as part:
        shutil.copyfile(best, part)
    record = {
        "schema": SCHEMA,
        "protocol": curve.protocol(),
        "best": choice_record(scored, choice),
        **curve.final(best, targets["copies"]),
        "more": further_scores(
            best, inputs, curve.real, curve.count, params.seed, device, curve.maker
        ),
    }
    write_json(targets["record"], record)
