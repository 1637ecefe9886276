"""The Parzen-window score of one model: bandwidth, mean and its error."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from ..data.minima import FEWEST
from .parzen import choose_sigma, log_likelihood
from .subsets import count_units


@dataclass(frozen=True)
class ParzenScore:
    """A mean log-likelihood with all that it takes to read it."""

    mean: float
    """Mean log-likelihood of the test points, nats; higher is better."""
    standard_error: float
    """Of the mean, nats: over groups where test points have groups, else as the next one."""
    standard_error_images: float
    """Standard deviation of the test points' values over √n_test, nats, as if each were a case of
    its own. The deviation is the unbiased one (n − 1). The script of 2014 takes numpy's default
    (n), which is smaller by √((n − 1)/n): a tenth of a percent at n = 500."""
    nats_per_dimension: float
    """``mean / dimension``."""
    sigma: float
    """Bandwidth, chosen on the validation points, in the data's units."""
    at_edge: bool
    """The bandwidth is at an end of the range tried."""
    n_centers: int
    n_test: int
    n_groups: int
    """Groups that the standard error rests on; 0 where it rests on images."""
    dimension: int


def score(
    centers: np.ndarray,
    validation: np.ndarray,
    test: np.ndarray,
    sigmas: Sequence[float],
    groups: npt.NDArray | None = None,
    device: torch.device | str = "cpu",
) -> ParzenScore:
    """Choose the bandwidth on ``validation`` (M×D), then score ``test`` (N×D, N ≥ 2).

    The two must be disjoint sets of images, or the score flatters the model.

    Args:
        centers: n×D.
        validation: M×D.
        test: N×D.
        sigmas: bandwidths to try.
        groups: the group of each test point; points of one group are alike.
        device: where the distances are computed; it must know float64.

    Raises:
        ValueError: as :func:`log_likelihoods`; or fewer than two test points.
    """
    if len(test) < FEWEST:
        raise ValueError(f"test has {len(test)} points; a standard error takes at least {FEWEST}")
    choice = choose_sigma(centers, validation, sigmas, device)
    values = log_likelihood(centers, test, choice.sigma, device)
    dimension = int(np.shape(centers)[1])
    by_image = float(values.std(ddof=1) / math.sqrt(len(values)))
    units = count_units(len(values), groups)
    if groups is None or units == len(values):
        groups = None
    return ParzenScore(
        mean=float(values.mean()),
        standard_error=by_image if groups is None else error_over_groups(values, groups),
        standard_error_images=by_image,
        nats_per_dimension=float(values.mean() / dimension),
        sigma=choice.sigma,
        at_edge=choice.at_edge,
        n_centers=len(centers),
        n_test=len(values),
        n_groups=0 if groups is None else units,
        dimension=dimension,
    )


def error_over_groups(values: np.ndarray, groups: npt.NDArray) -> float:
    """Standard error of the mean of values that come in groups.

    ``√(G/(G − 1) Σ_g (Σ_{i in g} (v_i − mean))²) / n``: the sandwich formula for clusters (Liang &
    Zeger 1986) of a mean. With groups of one value each it is the usual standard error.

    Args:
        values: float array of length n.
        groups: the group of each, at least two different.
    """
    _, places = np.unique(groups, return_inverse=True)
    sums = np.bincount(places, weights=values - values.mean())
    return math.sqrt(len(sums) / (len(sums) - 1) * float(np.square(sums).sum())) / len(values)
