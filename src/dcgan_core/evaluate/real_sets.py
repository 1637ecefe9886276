"""The real images that samples are compared with: those of a run's splits."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..data.listing import read_listing
from ..data.minima import FEWEST_HELD_OUT
from ..data.splits import NEW_PLACES
from ..params import Fidelity
from ..records import read_json
from .feature_maker import FeatureMaker
from .fidelity import Side, side
from .reals import Reals, choose_rows, row_batches

BATCH = 64
REFERENCES = {"this_distribution": "test", NEW_PLACES: NEW_PLACES}
"""What final scores are measured on, and the split that holds it."""


@dataclass(frozen=True)
class RealSet:
    """Some images of one split.

    Attributes:
        path: of the split's pack.
        rows: which of its images, in order.
        features: N×D, of those rows.
        groups: the group of each, or None.
        labels: the label of each, empty where it has none.
    """

    path: Path
    rows: npt.NDArray[np.int64]
    features: np.ndarray
    groups: npt.NDArray[np.str_] | None
    labels: npt.NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.rows)

    def batches(self) -> Iterator[np.ndarray]:
        """The images, uint8 N×H×W×C, as scores see them."""
        with Reals(self.path) as reals:
            yield from row_batches(reals, self.rows, BATCH)

    def side(self, neighbors: int, seed: int) -> Side:
        """These as the real ones of a comparison."""
        return side(self.features, neighbors, (seed, 0), self.groups)


def read_real_sets(
    normalized: Path, params: Fidelity, count: int, maker: FeatureMaker
) -> dict[str, RealSet]:
    """Real images by split; ``new_places`` only where there are enough to score.

    Args:
        normalized: the folder of splits.
        params: which images are drawn.
        count: of each split at most.
        maker: makes their features.

    Raises:
        UserError: a file is missing or damaged.
    """
    counts = {f"counts.{split}": int for split in ("train", "validation", "test")}
    record = read_json(normalized / "normalization.json", {**counts, "sha256": dict})
    splits = ["train", "validation", "test"]
    if record["counts"].get(NEW_PLACES, 0) >= FEWEST_HELD_OUT:
        splits.append(NEW_PLACES)
    return {
        split: _read(normalized, split, record["sha256"].get(split), params, count, maker)
        for split in splits
    }


def _read(
    normalized: Path,
    split: str,
    sha256: str | None,
    params: Fidelity,
    count: int,
    maker: FeatureMaker,
) -> RealSet:
    path = normalized / f"{split}.npy"
    with Reals(path) as reals:
        total = len(reals)
        rows = choose_rows(total, count, params.seed)
        images = {"pack": sha256, "background": reals.background}
        facts = {**images, "count": len(rows), "seed": params.seed}
        features = maker.recall(facts, len(rows), lambda: row_batches(reals, rows, BATCH))
    listing = read_listing(normalized, split, total)
    return RealSet(path, rows, features, listing.groups_of(rows), listing.labels[rows])
