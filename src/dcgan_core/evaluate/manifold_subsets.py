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

    def reach(self, draw: int, neighbors: int) -> Tensor:
        """Squared distance of each of a subset's rows to its k-th nearest other in the subset.

        Of a row whose nearest others are nearly all left out, as those of its group may be, the
        distance to the furthest that is known.
        """
        subset = self.subsets[draw]
        counts = subset[self._others[subset]].cumsum(dim=1)
        place = (counts < neighbors).sum(dim=1).clamp_(max=counts.shape[1] - 1)
        return self._distances[subset].gather(1, place[:, None])[:, 0] + SURFACE


def _enough(neighbors: int) -> int:
    """Nearest others, drawn by chance, among which a subset has ``neighbors`` nearly always."""
    return math.ceil(neighbors / SHARE + 8 * math.sqrt(neighbors) + 32)


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
    found: dict[str, list[float]] = {"precision": [], "recall": [], "density": [], "coverage": []}
    for draw, (ours, theirs) in enumerate(zip(real.subsets, fake.subsets, strict=True)):
        between = distances[ours][:, theirs]
        within = between <= real.reach(draw, neighbors)[:, None]
        held = (between <= fake.reach(draw, recall_neighbors)).any(dim=1)
        found["precision"].append(float(within.any(dim=0).double().mean()))
        found["recall"].append(float(held.double().mean()))
        found["density"].append(float(within.sum(dim=0).double().mean() / neighbors))
        found["coverage"].append(float(within.any(dim=1).double().mean()))
    return {name: np.array(values) for name, values in found.items()}
