"""Which image is which row of a split: ``images.csv`` of a normalized folder, read back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import UserError
from ..tables import read_texts
from .normalize import IMAGE_COLUMNS

REMEDY = "Run the normalize stage again."


@dataclass(frozen=True)
class Listing:
    """Facts of one split's images, in the order of its rows.

    Attributes:
        files: their names in the raw folder.
        groups: the group of each, empty where it has none.
        labels: the label of each, empty where it has none.
    """

    files: npt.NDArray[np.str_]
    groups: npt.NDArray[np.str_]
    labels: npt.NDArray[np.str_]

    def groups_of(self, rows: npt.NDArray | Sequence[int]) -> npt.NDArray[np.str_] | None:
        """The groups of these rows; None where none has one. An image without is one by itself."""
        groups, rows = self.groups[rows], np.asarray(rows)
        if not groups.astype(bool).any():
            return None
        return np.where(groups.astype(bool), groups, np.char.add("\0", rows.astype(str)))


def read_listing(normalized: Path, split: str, count: int) -> Listing:
    """One split of ``images.csv``.

    Args:
        normalized: the folder that the normalize stage made.
        split: ``train``, ``validation``, ``test`` or ``new_places``.
        count: rows of its pack.

    Raises:
        UserError: missing, not such a table, or of other rows.
    """
    path = normalized / "images.csv"
    lines = [line for line in read_texts(path, IMAGE_COLUMNS) if line["split"] == split]
    if [line["row"] for line in lines] != [str(row) for row in range(count)]:
        raise UserError(f"{path}: does not list the {count} rows of {split}.npy. {REMEDY}")

    def column(name: str) -> npt.NDArray[np.str_]:
        return np.array([line[name] for line in lines], dtype=np.str_)

    return Listing(column("file"), column("group"), column("label"))
