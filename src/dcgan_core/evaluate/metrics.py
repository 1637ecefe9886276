"""The scores of fake images against real ones: their names, and what it takes to read each.

Tables, records, cards and charts take the names and their order from here. Nothing here imports
torch, so that a report can be written without it.
"""

import math
from dataclasses import dataclass
from typing import Literal

INCEPTION = "inception"
"""The extractor whose features FID and KID are defined on, by its short name."""


@dataclass(frozen=True)
class Metric:
    """One score of two sets of features."""

    label: str
    """What a chart's legend calls it."""
    kind: Literal["distance", "share"]
    """A distance is better the lower it is, a share the higher it is."""
    meaning: str
    """One plain sentence for people who read a report."""
    named_by_extractor: bool = False
    """Whether the feature extractor is part of its name in ``metrics.json``: ``fd_efflite0`` is
    no FID."""
    inception_name: str = ""
    """What it is called there on Inception's features, if the extractor is part of its name."""
    range: tuple[float, float] = (0.0, 1.0)
    """The lowest and the highest value it can have."""
    axis_label: str = ""
    """What an axis of its own is called in a chart; empty where that is ``label``."""

    @property
    def lower_is_better(self) -> bool:
        """Whether less of it is better."""
        return self.kind == "distance"


METRICS = {
    "fd": Metric(
        label="Fréchet distance",
        kind="distance",
        meaning="How far the generated images' features lie from the real ones' in mean and "
        "spread; 0 is the same. It falls with the number of images, so it is read beside that of "
        "real images at the same number, and is no FID.",
        named_by_extractor=True,
        inception_name="fid",
        range=(0.0, math.inf),
    ),
    # About 0 for equal distributions, and then as often negative.
    "kid": Metric(
        label="KID",
        kind="distance",
        meaning="How far the two sets of features lie apart by a kernel; about 0 for equal "
        "distributions, whatever the number of images, and then as often below 0.",
        named_by_extractor=True,
        inception_name="kid",
        range=(-math.inf, math.inf),
        axis_label="kernel distance",
    ),
    "precision": Metric(
        label="precision",
        kind="share",
        meaning="Share of generated images that lie among the real ones: are they realistic?",
    ),
    "recall": Metric(
        label="recall",
        kind="share",
        meaning="Share of real images that lie among the generated ones: is every kind of image "
        "made?",
    ),
    # A mean count of balls, about 1 for equal distributions.
    "density": Metric(
        label="density",
        kind="share",
        meaning="How crowded the places of generated images are with real ones; about 1 for equal "
        "distributions, more where the generator keeps to the most usual images.",
        range=(0.0, math.inf),
    ),
    "coverage": Metric(
        label="coverage",
        kind="share",
        meaning="Share of real images that have a generated one among their neighbours: are the "
        "images both realistic and varied?",
    ),
}


def recorded_name(name: str, extractor: str) -> str:
    """What a score is called in ``metrics.json``.

    Args:
        name: one of ``METRICS``.
        extractor: the short name of the extractor that it was made with.
    """
    if not METRICS[name].named_by_extractor:
        return name
    return METRICS[name].inception_name if extractor == INCEPTION else f"{name}_{extractor}"


def names_of_kind(kind: Literal["distance", "share"]) -> list[str]:
    """Names of all metrics of that kind, in order."""
    return [name for name, metric in METRICS.items() if metric.kind == kind]
