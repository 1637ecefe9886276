"""Quality and variety apart: precision, recall, density and coverage.

Each set of features is taken for the union of balls round its members, each reaching to the
member's k-th nearest neighbour in the set.

- precision, recall: Kynkäänniemi et al., "Improved precision and recall metric for assessing
  generative models" (2019);
- density, coverage: Naeem et al., "Reliable fidelity and diversity metrics for generative
  models" (2020).

Features are first scaled to length 1. On raw features noise, whose activations are few and
small, lies close to everything and scores a precision of 1.
"""

import torch
from torch import Tensor

BLOCK_ROWS = 2048

# Distances are of vectors of length 1 in float64. A neighbour exactly on a ball's surface
# counts as inside, however rounding falls.
SURFACE = 1e-12


def manifold_scores(real: Tensor, fake: Tensor, neighbors: int) -> dict[str, float]:
    """Precision, recall, density and coverage of fake N×D against real M×D float64 features.

    Returns:
        ``precision``: share of fakes inside some real's ball; ``recall``: share of reals inside
        some fake's ball; ``density``: number of real balls that a fake lies in, on average, over
        ``neighbors``; ``coverage``: share of reals whose own ball holds a fake.

    Both sets need more than ``neighbors`` rows. Working memory is 2048 rows of distances:
    0.8 GB at 50,000 images.
    """
    real, fake = unit(real), unit(fake)
    real_reach, fake_reach = _reach(real, neighbors), _reach(fake, neighbors)
    balls_round_fake = real.new_zeros(len(fake))
    in_fake_ball, covered = 0, 0
    for rows, reach in zip(real.split(BLOCK_ROWS), real_reach.split(BLOCK_ROWS), strict=True):
        distances = squared_distances(rows, fake)
        within_real = distances <= reach[:, None]
        balls_round_fake += within_real.sum(dim=0)
        covered += int(within_real.any(dim=1).sum())
        in_fake_ball += int((distances <= fake_reach).any(dim=1).sum())
    return {
        "precision": float((balls_round_fake > 0).double().mean()),
        "recall": in_fake_ball / len(real),
        "density": float(balls_round_fake.mean() / neighbors),
        "coverage": covered / len(real),
    }


def unit(features: Tensor) -> Tensor:
    """Rows scaled to length 1."""
    return torch.nn.functional.normalize(features, dim=1)


def squared_distances(a: Tensor, b: Tensor) -> Tensor:
    """Squared distances between rows of length 1."""
    norms = a.square().sum(dim=1)[:, None] + b.square().sum(dim=1)
    return torch.addmm(norms, a, b.T, alpha=-2)


def distances_to_others(rows: Tensor, start: int, stop: int) -> Tensor:
    """Squared distances from rows ``start`` to ``stop`` − 1 to all rows; infinite to themselves."""
    distances = squared_distances(rows[start:stop], rows)
    block = torch.arange(len(distances))
    distances[block, start + block] = torch.inf
    return distances


def _reach(rows: Tensor, neighbors: int) -> Tensor:
    """Squared distance from each row to its ``neighbors``-th nearest other, and a hair more."""
    reaches = [
        distances_to_others(rows, start, start + BLOCK_ROWS).kthvalue(neighbors, dim=1).values
        for start in range(0, len(rows), BLOCK_ROWS)
    ]
    return torch.cat(reaches) + SURFACE
