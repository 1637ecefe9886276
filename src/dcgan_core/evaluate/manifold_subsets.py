"""Precision, recall, density and coverage of random subsets of two sets of features."""

import math

import numpy as np
import torch
from torch import Tensor

from .manifold import SURFACE, distances_to_others, squared_distances, unit
from .subsets import SHARE, Subsets


class Neighborhoods:
    """A set of features with each row's nearest others, from which any subset's balls follow.

    Attributes:
        rows: float64 N×D, of length 1.
        subsets: bool draws×N.
    """

    def __init__(self, features: Tensor, subsets: Subsets, neighbors: int):
        """
        Args:
            features: float64 N×D.
            subsets: draws×N.
            neighbors: the largest k that will be asked for.
        """
        self.rows, self.subsets = unit(features), torch.from_numpy(subsets)
        kept = min(len(self.rows) - 1, _enough(neighbors))
        nearest = distances_to_others(self.rows, 0, len(self.rows)).topk(kept, largest=False)
        self._distances, self._others = nearest.values, nearest.indices
        self._reaches: dict[int, Tensor] = {}

    def reaches(self, neighbors: int) -> Tensor:
        """Squared distance of each row to its k-th nearest other in each subset, draws×N.

        Of a row whose nearest others are nearly all left out, as those of its group may be, the
        distance to the furthest that is known. Of a row outside the subset −1: nothing is as near.
        """
        if neighbors not in self._reaches:
            rows = []
            for subset in self.subsets:
                counts = subset[self._others].cumsum(dim=1, dtype=torch.int16)
                place = (counts < neighbors).sum(dim=1).clamp_(max=counts.shape[1] - 1)
                reach = self._distances.gather(1, place[:, None])[:, 0] + SURFACE
                rows.append(torch.where(subset, reach, -1.0))
            self._reaches[neighbors] = torch.stack(rows)
        return self._reaches[neighbors]


def _enough(neighbors: int) -> int:
    """Nearest others, drawn by chance, among which a subset has ``neighbors`` nearly always."""
    return math.ceil(neighbors / SHARE + 4 * math.sqrt(neighbors) + 16)


def manifold_of_subsets(
    real: Neighborhoods, fake: Neighborhoods, neighbors: int, recall_neighbors: int
) -> dict[str, np.ndarray]:
    """What ``manifold_scores`` gives for each pair of subsets, as one value a draw.

    Args:
        real: one set.
        fake: the other, with as many subsets.
        neighbors: k of precision, density and coverage.
        recall_neighbors: k of recall.
    """
    distances = squared_distances(real.rows, fake.rows)
    inside = _Inside(distances, real, fake.subsets, neighbors)
    held = _Inside(distances.T, fake, real.subsets, recall_neighbors)
    reals, fakes = real.subsets.sum(dim=1).numpy(), fake.subsets.sum(dim=1).numpy()
    return {
        "precision": inside.points / fakes,
        "recall": held.points / reals,
        "density": inside.pairs / (neighbors * fakes),
        "coverage": inside.balls / reals,
    }


class _Inside:
    """How many points lie in balls, for each draw of both.

    Attributes:
        points: points inside some ball.
        balls: balls with some point.
        pairs: points in balls, each counted for each.
    """

    def __init__(self, distances: Tensor, balls: Neighborhoods, subsets: Tensor, neighbors: int):
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
