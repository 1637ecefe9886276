"""What the fidelity record says of a conditional generator: is each sample of its class?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..data.class_rows import class_names
from ..data.pack import Pack
from ..device.base import Device
from ..nets import Generator
from ..sample.latents import scoring_latents
from .digit_reader import LEAST_CERTAINTY, read_digits
from .digits_record import SOURCE
from .estimates import wilson
from .fakes import seen_batches
from .feature_maker import FeatureMaker
from .labels_record import FEWEST_OF_A_CLASS
from .linear_classifier import fit
from .real_sets import BATCH, RealSet
from .reals import background_of, source_of
from .score_row import score_row

MOST_SHOWN = 10
"""Classes with a row of their own."""
NEEDED_BY = "Reading back the classes of samples"

Names = npt.NDArray[np.str_]


def classes_record(
    generator: Generator,
    splits: Path,
    real: Mapping[str, RealSet],
    count: int,
    seed: int,
    device: Device,
    maker: FeatureMaker,
) -> dict[str, Any] | None:
    """A group of further scores, as page and card show it.

    Args:
        generator: in eval mode.
        splits: the folder of splits.
        real: real images by split.
        count: samples.
        seed: of the latents.
        device: where generator and digit reader run.
        maker: makes features.

    Returns:
        None of a generator without classes, or where the training images are fewer than
        FEWEST_OF_A_CLASS of each class, on average, so that nothing can be learned that would read
        classes back.

    Raises:
        UserError: a file is missing or damaged, or scikit-learn is not installed.
    """
    if not generator.classes:
        return None
    known = np.array(generator.classes.names)
    wanted = known[generator.classes.first(count).numpy()]
    latents = scoring_latents(count, generator.latent_length, seed)
    made = partial(seen_batches, generator, latents, background_of(splits), BATCH)
    source = source_of(splits)
    read = _digits(made(), real, device) if source == SOURCE else _svm(made(), real, known, maker)
    if read is None:
        return None
    truth = _names(real["test"], "test")
    shown = [known[one] for one in generator.classes.picked(min(len(known), MOST_SHOWN))]
    return {
        "name": "Classes of samples",
        "sentence": _sentence(source, len(real["train"])),
        "rows": _rows(wanted == read[0], wanted, truth == read[1], truth, shown),
    }


def _digits(
    made: Iterator[np.ndarray], real: Mapping[str, RealSet], device: Device
) -> tuple[Names, Names]:
    """The red digits of samples and of real test images."""
    sets = (np.concatenate(list(images)) for images in (made, real["test"].batches()))
    first, second = (_red_digits(images, device) for images in sets)
    return first, second


def _svm(
    made: Iterator[np.ndarray], real: Mapping[str, RealSet], known: Names, maker: FeatureMaker
) -> tuple[Names, Names] | None:
    """The classes that an SVM names for samples and for real test images; None of too few."""
    classifier = _classifier(real, len(known))
    return classifier and (classifier(maker.make(made)), classifier(real["test"].features))


def _sentence(source: str, n_train: int) -> str:
    if source == SOURCE:
        return "Every sample is made of one class, its red digit, which a network reads back."
    return (
        f"Every sample is made of one class. A linear SVM on the features of {n_train} real "
        "training images names the class that it shows."
    )


def _names(images: RealSet, split: str) -> Names:
    with Pack(images.path) as pack:
        return np.array(class_names(images.path.parent, split, images.rows, len(pack)))


def _red_digits(images: npt.NDArray[np.uint8], device: Device) -> Names:
    """The red digit of each image as a class name; empty where it cannot be read."""
    found = read_digits(images, device.device)
    certain = found.certainty[:, 0] >= LEAST_CERTAINTY
    return np.where(certain, found.digits[:, 0].astype(str), "")


def _classifier(
    real: Mapping[str, RealSet], classes: int
) -> Callable[[npt.NDArray[np.float32]], Names] | None:
    train, validation = real["train"], real["validation"]
    labels = _names(train, "train").tolist()
    if len(labels) < classes * FEWEST_OF_A_CLASS or len({*labels}) < 2:
        return None
    theirs = _names(validation, "validation").tolist()
    return fit(train.features, labels, validation.features, theirs, NEEDED_BY).predict


def _rows(
    right: npt.NDArray[np.bool_],
    wanted: Names,
    real_right: npt.NDArray[np.bool_],
    truth: Names,
    classes: list[str],
) -> list[dict[str, Any]]:
    """A row of all samples, and one of each class shown that some sample is of."""
    rows = [_row("class_read_back", "class read back", right, real_right, "Share of samples")]
    for place, name in enumerate(classes):
        chosen = wanted == name
        if chosen.any():
            rows.append(
                _row(
                    f"class_read_back_{place}",
                    f"class read back: {name}",
                    right[chosen],
                    real_right[truth == name],
                    f"Share of the samples of class {name}",
                )
            )
    return rows


def _row(
    metric: str,
    label: str,
    right: npt.NDArray[np.bool_],
    real_right: npt.NDArray[np.bool_],
    share_of: str,
) -> dict[str, Any]:
    share = float(right.mean())
    return score_row(
        metric,
        label,
        share,
        wilson(share, len(right)),
        float(real_right.mean()) if len(real_right) else None,
        f"{share_of}, {len(right)}, that show the class they were made of; beside it that of "
        f"{len(real_right)} real test images.",
    )
