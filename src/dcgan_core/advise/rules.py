"""The figures that proposals are made by, each with its reason, in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

from ..params import Resize
from .survey import Survey

FEWEST_PHOTOS = 30
"""Below this nothing can be learned but the photos themselves."""
HELD_OUT = 24
"""Images that validation and test are each to have, so that the drawing leaves about 20: fewer tell
a good score from a bad one by chance alone."""
LEAST_HELD_OUT, MOST_HELD_OUT = 0.1, 0.2
"""Share of images of each of the two, so that at least six tenths are left to train on."""
SMALL_SIDE, SMALL = 48, 32
"""Photos whose shorter sides are mostly under the first would all be enlarged to 64."""
USUAL = 64
LARGE_SIDE, LARGE_COUNT, LARGE = 128, 2000, 128
"""A larger size pays where there is detail to learn, enough photos to learn it from, and a device
that makes four times the pixels in good time."""
SAME_WAY, LEAST_ASPECT, MOST_ASPECT = 0.8, 1.25, 2.0
"""A square would cut a fifth or more off most photos. Longer ones than 2 to 1 are cropped to it."""
SIDE_STEP = 16
"""Sides that are multiples of it halve evenly down to the networks' smallest maps."""
MOST_NEAR = 0.3
"""Where more photos than this are near copies, the photos are of one kind, and no copies."""
SCORING_SHARE = 0.5
"""What scoring took of the time of training on a CPU: .38 to .65 of the shipped settings'."""


@dataclass(frozen=True)
class Regime:
    """How much there is to learn from.

    Attributes:
        least: images from which on it applies.
        recipe: whose settings suit it.
        images: length of the training in images shown; None for the recipe's.
        because: why, after a number of images.
    """

    least: int
    recipe: str
    images: int | None
    because: str


REGIMES = {
    "few": Regime(
        0,
        "few-64",
        None,
        "so few that the discriminator would know them by heart; augmentation hinders it",
    ),
    "normal": Regime(500, "quick-64", None, "enough for the shipped settings"),
    "many": Regime(20_000, "quick-64", 300_000, "enough to learn from for longer than is shipped"),
}
"""By name, fewest images first."""


@dataclass(frozen=True)
class Channels:
    """A number of channels, where it suits, and why."""

    channels: int
    suits: Callable[[Survey], bool]
    because: str


CHANNELS = (
    Channels(
        4,
        lambda found: found.transparent >= 0.5 * found.count,
        "at least half of the pictures are transparent in places",
    ),
    Channels(1, lambda found: found.grey >= 0.98 * found.count, "nearly all are grey"),
    Channels(3, lambda found: True, "colour"),
)
"""The first that suits is proposed, of those that the settings allow."""


def regime_for(count: int) -> str:
    """The regime of that many different images."""
    return [name for name, regime in REGIMES.items() if regime.least <= count][-1]


def channels_for(found: Survey) -> Channels:
    """The number of channels that suits the photos."""
    allowed = get_args(Resize.model_fields["channels"].annotation)
    return next(one for one in CHANNELS if one.channels in allowed and one.suits(found))
