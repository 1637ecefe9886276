"""A run's scores as page and card show them: each beside the controls that give its scale."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..data.splits import NEW_PLACES
from ..evaluate.metrics import METRICS, Metric
from .sources import ROWS

HEADLINE = "coverage"
"""The score that says most by itself: it asks for images both realistic and varied."""
ROW_LABELS = {
    "noise": "uniform noise",
    "strongly_blurred": "real, strongly blurred",
    "best": "best snapshot",
    "slightly_blurred": "real, slightly blurred",
    "real": "real training images",
}
REFERENCE_TITLES = {
    "this_distribution": (
        "On held-out images of the same kind",
        "Test images are drawn from the same distribution as the training images, and nothing was "
        "trained on them.",
    ),
    NEW_PLACES: (
        "On new places",
        "These images are whole groups of which no image was trained on: they ask whether the "
        "generator has learned more than the places it saw.",
    ),
}


def resolution_text(protocol: Mapping[str, Any]) -> str:
    """At what size the network saw the images; one that takes any says so in words."""
    sides = protocol["resolution"]
    return f"{sides} pixels" if isinstance(sides, int) else sides


@dataclass(frozen=True)
class Value:
    """A score of one set of images, with its interval.

    Attributes:
        of_real: of a share: what it is of that of real training images; else None.
    """

    value: float
    low: float
    high: float
    of_real: float | None = None

    @property
    def triple(self) -> tuple[float, float, float]:
        """Value, low and high."""
        return self.value, self.low, self.high


@dataclass(frozen=True)
class Bar:
    """One bar of a chart; all places in percent of its width."""

    row: str
    label: str
    value: Value
    length: float
    start: float
    reach: float


@dataclass(frozen=True)
class Score:
    """One metric on one reference, of all that was scored there.

    Attributes:
        name: a key of METRICS.
        metric: how to read it.
        values: by the names of ROWS.
    """

    name: str
    metric: Metric
    values: Mapping[str, Value]

    @property
    def best(self) -> Value:
        """The best snapshot's."""
        return self.values["best"]

    @property
    def real(self) -> Value:
        """That of real training images, as many as there are samples."""
        return self.values["real"]

    @property
    def is_headline(self) -> bool:
        """Whether it is the one that says most."""
        return self.name == HEADLINE

    @property
    def misleads(self) -> bool:
        """Whether noise or strong blur scores better than real images, blurred slightly or not."""
        sign = -1 if self.metric.lower_is_better else 1
        value = {row: sign * found.value for row, found in self.values.items()}
        good = min(value["real"], value["slightly_blurred"])
        return max(value["noise"], value["strongly_blurred"]) > good

    def bars(self) -> list[Bar]:
        """From noise to real images; the longest interval fills the width."""
        ends = [value.high for value in self.values.values() if math.isfinite(value.high)]
        scale = max([*ends, 1e-9])

        def place(value: float) -> float:
            return round(100 * min(max(value / scale, 0.0), 1.0), 2) if value == value else 0.0

        return [
            Bar(
                row,
                ROW_LABELS[row],
                value,
                place(value.value),
                place(value.low),
                round(place(value.high) - place(value.low), 2),
            )
            for row, value in self.values.items()
        ]


@dataclass(frozen=True)
class Reference:
    """All scores against one set of real images.

    Attributes:
        name: ``this_distribution`` or ``new_places``.
        title: its heading.
        sentence: what it is.
        n_real: real images in it.
        groups: groups of them; 0 where they have none.
        scores: by the names of METRICS.
    """

    name: str
    title: str
    sentence: str
    n_real: int
    groups: int
    scores: Mapping[str, Score]

    @property
    def headline(self) -> Score:
        """The score that says most."""
        return self.scores[HEADLINE]


def references(record: Mapping[str, Any]) -> list[Reference]:
    """Those of ``fidelity.json``, in its order."""
    return [_reference(name, found) for name, found in record["references"].items()]


def _reference(name: str, found: Mapping[str, Any]) -> Reference:
    title, sentence = REFERENCE_TITLES.get(name, (name.replace("_", " "), ""))
    scores = {
        key: Score(key, metric, {row: _value(found["rows"][row][key]) for row in ROWS})
        for key, metric in METRICS.items()
    }
    return Reference(name, title, sentence, found["n_real"], found["groups"], scores)


def _value(found: Mapping[str, Any]) -> Value:
    return Value(found["value"], found["low"], found["high"], found.get("of_real"))
