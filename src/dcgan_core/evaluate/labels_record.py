"""What the fidelity record says of the discriminator's features, where images have labels."""

from pathlib import Path
from typing import Any

import numpy as np

from ..data.listing import read_listing
from ..data.pack import Pack
from ..nets.snapshot import load_discriminator
from .discriminator_features import Accuracy, accuracy, features
from .reals import choose_rows, read_codes
from .score_row import score_row

MOST = {"train": 2000, "test": 1000, "validation": 1000}
"""Images of each split: an SVM of more takes minutes."""
FEWEST_OF_A_CLASS = 10
"""Training images, on average: of fewer nothing is learned, and there are as many machines."""


def labels_record(discriminator: Path, normalized: Path, seed: int) -> dict[str, Any] | None:
    """A group of further scores, as page and card show it.

    It is computed on the CPU, so it is the same on every device.

    Args:
        discriminator: the file of a trained one.
        normalized: the folder of splits.
        seed: which images are drawn of splits that have more than are used.

    Returns:
        None where a split has no labels, or the training images have one class alone or fewer
        than FEWEST_OF_A_CLASS of each.

    Raises:
        UserError: a file is missing or damaged, or scikit-learn is not installed.
    """
    drawn = {split: _labelled(normalized, split, most, seed) for split, most in MOST.items()}
    if not all(len(rows) for rows, _ in drawn.values()):
        return None
    labels = drawn["train"][1]
    if not 2 <= len(np.unique(labels)) <= len(labels) / FEWEST_OF_A_CLASS:
        return None
    network = load_discriminator(discriminator)
    found = {}
    for split, (rows, _) in drawn.items():
        with Pack(normalized / f"{split}.npy") as pack:
            found[split] = features(network, read_codes(pack, rows))
    names = {split: of.tolist() for split, (_, of) in drawn.items()}
    return _group(
        accuracy(
            train_features=found["train"],
            train_labels=names["train"],
            test_features=found["test"],
            test_labels=names["test"],
            validation_features=found["validation"],
            validation_labels=names["validation"],
        )
    )


def _group(found: Accuracy) -> dict[str, Any]:
    return {
        "name": "Classes by the discriminator's features",
        "sentence": f"A linear SVM learns {found.classes} classes from what the last discriminator "
        f"makes of {found.n_train} training images (Radford et al. 2016, section 5.1).",
        "rows": [
            score_row(
                "class_accuracy",
                "test images put right",
                found.share,
                (found.low, found.high),
                None,
                f"Share of {found.n_test} test images that get their own class. Always naming the "
                f"commonest class would come to {found.chance:.3f}.",
            )
        ],
    }


def _labelled(normalized: Path, split: str, most: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of images with labels, and the labels."""
    with Pack(normalized / f"{split}.npy") as pack:
        labels = read_listing(normalized, split, len(pack)).labels
    rows = np.flatnonzero(labels.astype(bool))
    rows = rows[choose_rows(len(rows), most, seed)]
    return rows, labels[rows]
