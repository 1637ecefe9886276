"""Precision, recall, density and coverage of random subsets of two sets of features."""

import math

import numpy as np
import torch
from torch import Tensor

from .manifold import SURFACE, distances_to_others, squared_distances, unit
from .subsets import HALF, Subsets


class Neighborhoods:
    """A set of features with each row's nearest others, from which any subset's balls follow.

    Attributes:
        rows: float64 N×D, of length 1.
    """

    def __init__(self, features: Tensor, neighbors: int):
        """
        Args:
            features: float64 N×D.
            neighbors: the largest k that will be asked for.
        """
        self.rows = unit(features)
        kept = min(len(self.rows) - 1, _enough(neighbors))
        nearest = distances_to_others(self.rows, 0, len(self.rows)).topk(kept, largest=False)
        self._distances, self._others = nearest.values, nearest.indices

    def reaches(self, subset: Tensor, neighbors: int) -> Tensor:
        """Squared distance of each row to its k-th nearest other in a subset, N.

        Of a row whose nearest others are nearly all left out, as those of its group may be, the
        distance to the furthest that is known. Of a row outside the subset −1: nothing is as near.
        """
        counts = subset[self._others].cumsum(dim=1, dtype=torch.int16)
        place = (counts < neighbors).sum(dim=1).clamp_(max=counts.shape[1] - 1)
        reach = self._distances.gather(1, place[:, None])[:, 0] + SURFACE
        return torch.where(subset, reach, -1.0)


class Balls:
    """The balls of subsets of a set of features.

    Attributes:
        rows: float64 N×D, of length 1.
        subsets: of the N.
        kept: bool draws×N, which rows are in each.
    """

    def __init__(self, near: Neighborhoods, subsets: Subsets):
        self.rows, self.subsets, self.kept = near.rows, subsets, torch.from_numpy(subsets.kept)
        self._near = near
        self._reaches: dict[int, Tensor] = {}

    def reaches(self, neighbors: int) -> Tensor:
        """Of each draw what :meth:`Neighborhoods.reaches` gives, draws×N."""
        if neighbors not in self._reaches:
            self._reaches[neighbors] = torch.stack(
                [self._near.reaches(subset, neighbors) for subset in self.kept]
            )
        return self._reaches[neighbors]


def _enough(neighbors: int) -> int:
    """Nearest others, drawn by chance, among which a subset has ``neighbors`` nearly always."""
    return math.ceil(neighbors / HALF + 6 * math.sqrt(neighbors) + 16)


def manifold_of_subsets(
    real: Balls, fake: Balls, neighbors: int, recall_neighbors: int
) -> dict[str, np.ndarray]:
    """Precision, recall and density of each pair of subsets, as ``manifold_scores`` gives them.

    Args:
        real: one set.
        fake: the other, with as many subsets.
        neighbors: k of precision and density.
        recall_neighbors: k of recall.

    Returns:
        One value a draw for each.
    """
    distances = squared_distances(real.rows, fake.rows)
    inside = _Inside(distances, real, fake.kept, neighbors)
    held = _Inside(distances.T, fake, real.kept, recall_neighbors)
    reals, fakes = real.kept.sum(dim=1).numpy(), fake.kept.sum(dim=1).numpy()
    return {
        "precision": inside.points / fakes,
        "recall": held.points / reals,
        "density": inside.pairs / (neighbors * fakes),
    }


def coverage_of_subsets(real: Balls, fake: Balls, neighbors: int) -> np.ndarray:
    """Coverage of each pair of subsets; arguments as :func:`manifold_of_subsets`."""
    distances = squared_distances(real.rows, fake.rows)
    covered = _Inside(distances, real, fake.kept, neighbors).balls
    return covered / real.kept.sum(dim=1).numpy()


class _Inside:
    """How many points lie in balls, for each draw of both.

    Attributes:
        points: points inside some ball.
        balls: balls with some point.
        pairs: points in balls, each counted for each.
    """

    def __init__(self, distances: Tensor, balls: Balls, subsets: Tensor, neighbors: int):
        reaches = balls.reaches(neighbors)
        # Most pairs are too far apart in every draw.
        near = distances <= reaches.amax(dim=0)[:, None]
        (rows, columns), apart = near.nonzero(as_tuple=True), distances[near]
        self.points, self.balls, self.pairs = (np.zeros(len(reaches)) for _ in range(3))
        for draw, (reach, subset) in enumerate(zip(reaches, subsets, strict=True)):
            kept = (apart <= reach[rows]) & subset[columns]
            self.points[draw] = _different(columns[kept], len(subset))
            self.balls[draw] = _different(rows[kept], len(reach))
            self.pairs[draw] = int(kept.sum())


def _different(places: Tensor, count: int) -> int:
    found = torch.zeros(count, dtype=torch.bool)
    found[places] = True
    return int(found.sum())
