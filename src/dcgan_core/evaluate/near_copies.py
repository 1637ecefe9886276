"""Does a generator repeat itself, or its training images? Shares of its samples, with a limit.

Near means nearer than all but one in a hundred real images are, in two unrelated spaces: small
versions of the pictures, and features. In one alone, smooth samples are near to everything. After
Arora & Zhang, "Do GANs actually learn the distribution?" (2017), who count pairs of samples that
look the same, and Meehan et al., "A non-parametric test to detect data-copying" (2020), who compare
with the distances of held-out images.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .estimates import wilson
from .manifold import distances_to_others, squared_distances, unit
from .thumbnails import nearest_others, nearest_thumbnails

MOST = 2000
"""Samples looked at."""
MOST_COMPARED = 64
"""Samples whose nearest training images' features are compared."""
USUAL = 0.01
"""Share of real images that are as near, by the choice of what near means."""
LIMIT = 0.05
"""Share of samples above which a snapshot cannot be the best."""


@dataclass(frozen=True)
class Look:
    """What was found in one snapshot's samples.

    Attributes:
        count: samples looked at.
        repeated: share with another sample near; of real images it is about .01.
        copied: share with a training image near; of held-out images it is about .01.
        ratio_pixels: median distance to the nearest training image, over that of held-out images,
            in small versions of the pictures.
        ratio_features: the same in features, for a part of the training images.
        twins: of each sample, its nearest other sample.
        twin_distances: to it, in pixels.
        sources: of each sample, the nearest training image's row.
        source_distances: to it, in pixels.
    """

    count: int
    repeated: float
    copied: float
    ratio_pixels: float
    ratio_features: float
    twins: np.ndarray
    twin_distances: np.ndarray
    sources: np.ndarray
    source_distances: np.ndarray


class CopyCheck:
    """Knows how near real images are to each other and to training images.

    Args:
        train: thumbnails of all training images.
        some: features of some training images, and their rows.
        held_out: thumbnails and features of images that nothing was trained on.
        extract: gives the features of training images, by their rows.
    """

    def __init__(
        self,
        train: Tensor,
        some: tuple[np.ndarray, np.ndarray],
        held_out: tuple[Tensor, np.ndarray],
        extract: Callable[[np.ndarray], np.ndarray],
    ):
        self._train, self._extract = train, extract
        features, rows = some
        self._some = _rows(features)
        apart, _ = nearest_others(train[torch.from_numpy(rows[:MOST])])
        self._twin_pixels = np.quantile(apart, USUAL)
        self._twin_features = np.quantile(_nearest_other_features(self._some[:MOST]), USUAL)
        pictures, theirs = held_out[0][:MOST], held_out[1][:MOST]
        self._held_out = len(pictures)
        distances, sources = nearest_thumbnails(pictures, train)
        self._source_pixels = np.quantile(distances, USUAL)
        between = _paired(_rows(theirs), _rows(extract(sources)))
        self._source_features = np.quantile(between, USUAL)
        self._usual_pixels = float(np.median(distances))
        self._usual_features = float(np.median(_nearest_features(_rows(theirs), self._some)))

    def look(self, pictures: Tensor, features: np.ndarray) -> Look:
        """Compare a snapshot's samples with each other and with the training images.

        Args:
            pictures: thumbnails of N samples.
            features: theirs, N×D.
        """
        pictures, rows = pictures[:MOST], _rows(features[:MOST])
        twin_distances, twins = nearest_others(pictures)
        alike = _paired(rows, rows[torch.from_numpy(twins)]) <= self._twin_features
        repeated = float(((twin_distances <= self._twin_pixels) & alike).mean())
        distances, sources = nearest_thumbnails(pictures, self._train)
        return Look(
            count=len(pictures),
            repeated=repeated,
            copied=self._copied(rows, distances, sources),
            ratio_pixels=_ratio(float(np.median(distances)), self._usual_pixels),
            ratio_features=_ratio(
                float(np.median(_nearest_features(rows, self._some))), self._usual_features
            ),
            twins=twins,
            twin_distances=twin_distances,
            sources=sources,
            source_distances=distances,
        )

    def veto(self, look: Look) -> str:
        """Why these samples' snapshot cannot be the best; empty where it can."""
        reasons = []
        if self._beyond(look.repeated, look.count):
            reasons.append("repeats itself")
        if self._beyond(look.copied, look.count):
            reasons.append("copies training images")
        return " and ".join(reasons)

    def _beyond(self, share: float, count: int) -> bool:
        # Of few held-out images, the nearest of all stands for one in a hundred.
        usual = max(USUAL, 1 / (self._held_out + 1))
        return wilson(share, count)[0] > max(LIMIT, 2 * usual)

    def _copied(self, rows: Tensor, distances: np.ndarray, sources: np.ndarray) -> float:
        near = np.flatnonzero(distances <= self._source_pixels)
        near = near[distances[near].argsort(kind="stable")][:MOST_COMPARED]
        if not len(near):
            return 0.0
        theirs = _rows(self._extract(sources[near]))
        alike = _paired(rows[torch.from_numpy(near)], theirs) <= self._source_features
        return float(alike.mean() * (distances <= self._source_pixels).mean())


def _rows(features: np.ndarray) -> Tensor:
    return unit(torch.from_numpy(np.asarray(features)).double())


def _paired(a: Tensor, b: Tensor) -> np.ndarray:
    return (a - b).square().sum(dim=1).sqrt().numpy()


def _nearest_features(queries: Tensor, others: Tensor) -> np.ndarray:
    return squared_distances(queries, others).amin(dim=1).clamp_(min=0).sqrt().numpy()


def _nearest_other_features(rows: Tensor) -> np.ndarray:
    return distances_to_others(rows, 0, len(rows)).amin(dim=1).clamp_(min=0).sqrt().numpy()


def _ratio(ours: float, usual: float) -> float:
    return ours / usual if usual else float("nan")
