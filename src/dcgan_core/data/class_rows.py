"""The classes of a split's images, for networks that are told them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..records import read_json
from .classes import check_labels, class_of
from .listing import read_listing


@dataclass(frozen=True)
class ClassRows:
    """The classes of a split's rows.

    Attributes:
        names: of the classes, sorted.
        images: of each, how many rows it has.
        rows: the class of each row, from 0.
    """

    names: tuple[str, ...]
    images: tuple[int, ...]
    rows: npt.NDArray[np.int64]


def training_classes(normalized: Path, count: int) -> ClassRows:
    """The classes of the training split.

    Args:
        normalized: the folder that the normalize stage made.
        count: images of that split.

    Raises:
        UserError: as :func:`~.classes.check_labels`; or a file is missing or damaged.
    """
    names = class_names(normalized, "train", np.arange(count), count)
    check_labels(f"{normalized / 'images.csv'}: train", names)
    classes, rows, images = np.unique(np.array(names), return_inverse=True, return_counts=True)
    return ClassRows(tuple(classes.tolist()), tuple(images.tolist()), rows.astype(np.int64))


def class_names(normalized: Path, split: str, rows: npt.NDArray, count: int) -> list[str]:
    """The class of each of some rows; empty where it has no label.

    Args:
        normalized: the folder that the normalize stage made.
        split: train, validation, test or new_places.
        rows: which rows.
        count: images of the split.

    Raises:
        UserError: a file is missing or damaged.
    """
    source = read_json(normalized / "normalization.json", {"source": str})["source"]
    labels = read_listing(normalized, split, count).labels[rows].tolist()
    return [label and class_of(source, label) for label in labels]
