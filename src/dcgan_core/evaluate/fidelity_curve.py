"""Fidelity of every snapshot, the choice of the best, and controls that give the scale."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from torch import Tensor

from ..data.pack import Pack
from ..device.base import Device
from ..files import writing
from ..nets import Generator
from ..nets.snapshot import load_generator, read_info
from ..nets.snapshot_paths import snapshot_paths
from ..params import Fidelity
from ..progress import tracked
from ..records import write_json
from ..sample.latents import draw_latents
from ..sample.sampler import generate
from ..tables import write_table
from .extractors import find_extractor
from .fidelity import scores
from .reals import code_batches
from .select import best_row

BATCH = 64


class FidelityCurve:
    """Scores against one run's held-out images.

    Snapshots are scored on the validation split, which chooses the best; the best and the
    controls are scored on the test split, which chooses nothing.
    """

    def __init__(self, normalized: Path, params: Fidelity, device: Device):
        self.params, self.device = params, device
        self.extractor = find_extractor(params)
        with Pack(normalized / "test.npy") as pack:
            self.shape = (pack.height, pack.width, pack.channels)
        self.real = {
            split: self._real_features(normalized / f"{split}.npy")
            for split in ("train", "validation", "test")
        }

    def _features(self, batches: Iterator[np.ndarray]) -> np.ndarray:
        return self.extractor.extract(batches, device=self.device.device)

    def _real_features(self, path: Path) -> np.ndarray:
        with Pack(path) as pack:
            return self._features(code_batches(pack, self.params.samples, self.params.seed, BATCH))

    def score(self, split: str, fake: np.ndarray) -> dict[str, float]:
        """Scores of fake features against the real ones of ``split``."""
        return scores(self.real[split], fake, neighbors=self.params.neighbors)

    def snapshot_features(self, path: Path) -> np.ndarray:
        """Features of ``samples`` images made by the generator in ``path``."""
        generator = load_generator(path, self.device.device)
        latents = draw_latents(self.params.samples, generator.latent_length, self.params.seed)
        return self._features(_made(generator, latents))

    def snapshot_row(self, path: Path) -> dict:
        """One row of the table."""
        info = read_info(path)
        return {
            "epoch": info.epoch,
            "step": info.step,
            "images": info.images,
            **self.score("validation", self.snapshot_features(path)),
            "split": "validation",
            "n_real": len(self.real["validation"]),
            "n_fake": self.params.samples,
            "extractor": self.params.extractor,
            "seed": self.params.seed,
        }

    def controls(self) -> dict[str, dict[str, float]]:
        """How uniform noise scores, and how real training images do: the ends of the scale."""
        return {
            "noise": self.score("test", self._features(self._noise())),
            "training_images": self.score("test", self.real["train"]),
        }

    def record(self, chosen: dict, path: Path) -> dict:
        """The protocol, and scores on the test split.

        Args:
            chosen: the best snapshot's row of the table.
            path: its file.
        """
        params = self.params
        return {
            "schema": 1,
            "protocol": {
                **self.extractor.protocol,
                "extractor_short_name": self.extractor.short_name,
                "neighbors": params.neighbors,
                "samples": params.samples,
                "seed": params.seed,
                "n_real": {split: len(real) for split, real in self.real.items()},
                "chosen_by": f"lowest {params.criterion} on the validation split",
                "scored_on": "the test split",
            },
            "best": {
                "epoch": chosen["epoch"],
                "images": chosen["images"],
                **self.score("test", self.snapshot_features(path)),
            },
            "controls": self.controls(),
        }

    def _noise(self) -> Iterator[np.ndarray]:
        """Batches of uniform noise of the shape that the generators make."""
        rng = np.random.default_rng(self.params.seed)
        for start in range(0, self.params.samples, BATCH):
            count = min(BATCH, self.params.samples - start)
            yield rng.integers(0, 256, (count, *self.shape), dtype=np.uint8)


def _made(generator: Generator, latents: Tensor) -> Iterator[np.ndarray]:
    for part in latents.split(BATCH):
        yield generate(generator, part, BATCH)


def fidelity_curve(
    snapshots: Path,
    normalized: Path,
    table: Path,
    record: Path,
    best: Path,
    params: Fidelity,
    device: Device,
) -> None:
    """Score every snapshot and choose the best.

    Args:
        snapshots: the folder of a run's snapshots.
        normalized: the folder of splits.
        table: the CSV to write, one row a snapshot, scored on the validation split.
        record: the JSON to write: the protocol, and the best and the controls on the test split.
        best: the copy of the best snapshot to write.
        params: what is scored, and by what the best is chosen.
        device: where generator and extractor run.
    """
    curve = FidelityCurve(normalized, params, device)
    paths = snapshot_paths(snapshots)
    rows = [
        curve.snapshot_row(path) for path in tracked(paths, "fidelity", len(paths), "snapshots")
    ]
    chosen = best_row(rows, params.criterion)
    chosen_path = paths[rows.index(chosen)]
    write_table(table, rows)
    with writing(best) as part:
        shutil.copyfile(chosen_path, part)
    write_json(record, curve.record(chosen, chosen_path))
