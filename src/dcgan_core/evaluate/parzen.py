"""Parzen-window log-likelihood of points under generated samples, exact and streamed.

Goodfellow et al., "Generative Adversarial Nets" (2014), section 5, after Breuleux et al.
(2011): a Gaussian of bandwidth σ on each of n samples ("centres") μ_i, in D dimensions::

    log p(x) = logsumexp_i(−‖x − μ_i‖² / 2σ²) − log n − D log(σ √(2π))

Values are in nats, and D dominates them: they compare only at equal D, n and pixel scale.
Data stretched by s, with σ stretched alike, scores exactly D log s lower. Published numbers
are for pixels in [0,1]. The score cannot rank models alone: k-means centroids beat true
samples (Theis et al., "A note on the evaluation of generative models", 2016).
"""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

log = logging.getLogger("dcgan")

# Points are converted once and centres once for each block of points, so points get more room.
POINT_BLOCK_BYTES = 128 << 20
CENTER_BLOCK_BYTES = 64 << 20
POINT_BLOCK_ROWS = 2048
CENTER_BLOCK_ROWS = 1024

# exp() of less is several times slower on its way to underflow, and e^-700 adds nothing to a
# sum whose largest term is 1.
LEAST_EXPONENT = -700.0


@dataclass(frozen=True)
class SigmaChoice:
    """The bandwidth with the best mean log-likelihood, of those tried."""

    sigma: float
    """The bandwidth, in the data's units."""
    at_edge: bool
    """It is the smallest or largest of several tried: a better one may lie outside."""
    means: np.ndarray
    """Mean log-likelihood in nats for each bandwidth tried, in their order."""


def log_likelihood(
    centers: np.ndarray, points: np.ndarray, sigma: float, device: torch.device | str = "cpu"
) -> np.ndarray:
    """Log-likelihood of each point, in nats, under Gaussians of width ``sigma`` on ``centers``.

    Args:
        centers: n×D, any real dtype, taken at face value (uint8 codes are not rescaled).
        points: N×D, in the same units.
        sigma: bandwidth in the same units, above 0.
        device: where the distances are computed; it must know float64.

    Returns:
        float64 array of length N, in the order of ``points``; computed in float64 with under
        300 MB beyond the inputs (for D up to 60,000), so memory-mapped arrays may be large.
        Rounding costs about 1e-15 ‖x‖²/σ² nats (‖x‖ from the centres' mean): 1e-9 at σ = 0.1
        and D = 12,288.

    Raises:
        ValueError: an array that is empty, not two-dimensional, not real or not finite,
            different D, or a sigma that is not a finite positive number.
    """
    return log_likelihoods(centers, points, [sigma], device)[0]


def log_likelihoods(
    centers: np.ndarray,
    points: np.ndarray,
    sigmas: Sequence[float],
    device: torch.device | str = "cpu",
) -> np.ndarray:
    """:func:`log_likelihood` for several bandwidths from one pass over the distances.

    Returns:
        float64 array len(sigmas)×N.

    Raises:
        ValueError: as :func:`log_likelihood`; or no bandwidth at all.
    """
    centers, points = _matrix("centers", centers), _matrix("points", points)
    if centers.shape[1] != points.shape[1]:
        raise ValueError(
            f"centers have {centers.shape[1]} dimensions and points {points.shape[1]}; "
            "they must agree"
        )
    rows = _block_rows(centers.shape[1])
    return _log_likelihoods(centers, points, _bandwidths(sigmas), torch.device(device), *rows)


def choose_sigma(
    centers: np.ndarray,
    validation_points: np.ndarray,
    sigmas: Sequence[float],
    device: torch.device | str = "cpu",
) -> SigmaChoice:
    """The bandwidth of ``sigmas`` with the best mean log-likelihood of the validation points.

    Of equals, the first. A choice at an end of several bandwidths is logged as a warning; a
    single one was fixed by the caller and is not.

    Raises:
        ValueError: as :func:`log_likelihoods`.
    """
    means = log_likelihoods(centers, validation_points, sigmas, device).mean(axis=1)
    sigma = float(sigmas[int(means.argmax())])
    low, high = float(min(sigmas)), float(max(sigmas))
    at_edge = low < high and sigma in (low, high)
    if at_edge:
        log.warning(
            "Parzen bandwidth %.4g is at an end of the range tried, %.4g to %.4g: widen it",
            sigma,
            low,
            high,
        )
    return SigmaChoice(sigma, at_edge, means)


def _matrix(name: str, array: np.ndarray) -> np.ndarray:
    array = np.asarray(array)
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"{name} has shape {array.shape}; it must be N×D with N and D at least 1")
    if array.dtype.kind not in "buif":
        raise ValueError(f"{name} has dtype {array.dtype}; it must hold real numbers")
    if array.dtype.kind == "f":
        rows = max(1, CENTER_BLOCK_BYTES // array.shape[1])
        for start in range(0, len(array), rows):
            finite = np.isfinite(array[start : start + rows])
            if not finite.all():
                row, column = np.argwhere(~finite)[0] + [start, 0]
                raise ValueError(f"{name}[{row}, {column}] is {array[row, column]}, not finite")
    return array


def _bandwidths(sigmas: Sequence[float]) -> list[float]:
    values = [float(sigma) for sigma in sigmas]
    if not values:
        raise ValueError("sigmas is empty; give at least one bandwidth")
    for value in values:
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"sigma is {value}; it must be a finite number above 0")
    return values


def _block_rows(dimension: int) -> tuple[int, int]:
    """Rows of points and of centres to hold as float64 at a time."""
    row_bytes = 8 * dimension
    return (
        max(1, min(POINT_BLOCK_ROWS, POINT_BLOCK_BYTES // row_bytes)),
        max(1, min(CENTER_BLOCK_ROWS, CENTER_BLOCK_BYTES // row_bytes)),
    )


def _log_likelihoods(
    centers: np.ndarray,
    points: np.ndarray,
    sigmas: list[float],
    device: torch.device,
    point_rows: int,
    center_rows: int,
) -> np.ndarray:
    # ‖x‖² − 2x·μ + ‖μ‖² cancels least when the data lie around the origin.
    origin = centers.mean(axis=0, dtype=np.float64)
    count, dimension = centers.shape
    result = np.empty((len(sigmas), len(points)))
    buffer = np.empty((min(point_rows, len(points)), dimension))
    for start in range(0, len(points), point_rows):
        block = _shifted(points[start : start + point_rows], origin, buffer).to(device)
        sums = _log_kernel_sums(block, centers, origin, sigmas, center_rows)
        result[:, start : start + len(block)] = sums.cpu().numpy()
    for row, sigma in zip(result, sigmas, strict=True):
        row -= math.log(count) + dimension * math.log(sigma * math.sqrt(2 * math.pi))
    return result


def _log_kernel_sums(
    points: Tensor, centers: np.ndarray, origin: np.ndarray, sigmas: list[float], rows: int
) -> Tensor:
    """logsumexp over all centres of −d²/2σ²: len(sigmas) × number of points.

    The largest term belongs to the nearest centre whatever σ is, so one running minimum of d²
    keeps every bandwidth's running sum in range.
    """
    rows = min(rows, len(centers))
    nearest = points.new_full((len(points),), math.inf)
    sums = points.new_zeros(len(sigmas), len(points))
    scales = [-0.5 / sigma**2 for sigma in sigmas]
    buffer = np.empty((rows, centers.shape[1]))
    distances, terms = (points.new_empty(len(points) * rows) for _ in range(2))
    point_norms = _squared_norms(points)
    for start in range(0, len(centers), rows):
        block = _shifted(centers[start : start + rows], origin, buffer).to(points.device)
        shape = (len(points), len(block))
        squared = distances[: shape[0] * shape[1]].view(shape)
        scaled = terms[: shape[0] * shape[1]].view(shape)
        torch.addmm(_squared_norms(block), points, block.T, alpha=-2, out=squared)
        squared.add_(point_norms[:, None]).clamp_(min=0)
        before, nearest = nearest, torch.minimum(nearest, squared.amin(dim=1))
        squared.sub_(nearest[:, None])
        for total, scale in zip(sums, scales, strict=True):
            torch.mul(squared, scale, out=scaled).clamp_(min=LEAST_EXPONENT).exp_()
            total.mul_(torch.exp((before - nearest) * scale)).add_(scaled.sum(dim=1))
    return sums.log_().add_(points.new_tensor(scales)[:, None] * nearest)


def _shifted(rows: np.ndarray, origin: np.ndarray, buffer: np.ndarray) -> Tensor:
    """``rows − origin`` in float64, written into ``buffer``."""
    return torch.from_numpy(np.subtract(rows, origin, out=buffer[: len(rows)]))


def _squared_norms(rows: Tensor) -> Tensor:
    # Not square().sum(): that would hold a second copy of the block.
    return torch.linalg.vector_norm(rows, dim=1).square()
