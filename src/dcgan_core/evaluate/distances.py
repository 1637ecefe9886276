"""Distances between two sets of feature vectors, real images' and fakes': Fréchet and kernel.

All arithmetic is float64 on the CPU.
"""

import numpy as np
import torch
from torch import Tensor

BLOCK_ROWS = 4096


def frechet_distance(real_features: np.ndarray, fake_features: np.ndarray) -> float:
    """Squared Fréchet distance between Gaussians fitted to N×D and M×D features.

    ``‖m₁ − m₂‖² + tr(S₁ + S₂ − 2 (S₁ S₂)^½)`` with unbiased covariances (Dowson & Landau 1982;
    Heusel et al., "GANs trained by a two time-scale update rule", 2017). Biased upwards by an
    amount that falls with N and M, so it compares only at equal numbers.

    Raises:
        ValueError: as :func:`checked`, with at least 2 rows, or different D.
    """
    real = checked("real_features", real_features, 2)
    fake = checked("fake_features", fake_features, 2)
    check_dimensions(real, fake)
    return frechet(real, fake)


def kernel_distance(real_features: np.ndarray, fake_features: np.ndarray) -> float:
    """Unbiased squared MMD with kernel (x·y/D + 1)³ over all pairs of N×D and M×D features.

    Bińkowski et al., "Demystifying MMD GANs" (2018), without their subsets: one value of all
    samples rather than a mean over random draws.

    Raises:
        ValueError: as :func:`checked`, with at least 2 rows, or different D.
    """
    real = checked("real_features", real_features, 2)
    fake = checked("fake_features", fake_features, 2)
    check_dimensions(real, fake)
    return kernel(real, fake)


def checked(name: str, array: np.ndarray, least: int) -> Tensor:
    """The features as a float64 tensor N×D.

    Raises:
        ValueError: not two-dimensional, fewer than ``least`` rows or than 2, or not finite.
    """
    array = np.asarray(array)
    if array.ndim != 2 or array.shape[1] == 0 or array.dtype.kind not in "buif":
        raise ValueError(
            f"{name} is {array.dtype} of shape {array.shape}; it must hold real numbers, N×D"
        )
    least = max(least, 2)
    if len(array) < least:
        raise ValueError(f"{name} has {len(array)} rows; at least {least} are needed")
    if not np.isfinite(array).all():
        row, column = np.argwhere(~np.isfinite(array))[0]
        raise ValueError(f"{name}[{row}, {column}] is {array[row, column]}, not finite")
    return torch.from_numpy(np.array(array, dtype=np.float64, order="C"))


def check_dimensions(real: Tensor, fake: Tensor) -> None:
    """Check that features N×D and M×D have the same D.

    Raises:
        ValueError: they have not.
    """
    if real.shape[1] != fake.shape[1]:
        raise ValueError(
            f"real_features have {real.shape[1]} dimensions and fake_features {fake.shape[1]}; "
            "they must agree"
        )


def distance_scores(real: Tensor, fake: Tensor, neighbors: int) -> dict[str, float]:
    """``fd`` and ``kid`` of checked features N×D and M×D.

    Neither looks at single neighbours; ``neighbors`` is there since all scorers are called alike.
    """
    return {"fd": frechet(real, fake), "kid": kernel(real, fake)}


def frechet(real: Tensor, fake: Tensor) -> float:
    """:func:`frechet_distance` of checked features."""
    real_mean, fake_mean = real.mean(dim=0), fake.mean(dim=0)
    real_root, fake_root = _covariance_root(real, real_mean), _covariance_root(fake, fake_mean)
    # With S = RᵀR, the eigenvalues of S₁S₂ are the squared singular values of R₁R₂ᵀ. Unlike a
    # matrix square root, that stays exact for singular covariances (fewer images than features).
    overlap = torch.linalg.svdvals(real_root @ fake_root.T).sum()
    apart = (real_mean - fake_mean).square().sum()
    distance = apart + real_root.square().sum() + fake_root.square().sum() - 2 * overlap
    return max(float(distance), 0.0)


def _covariance_root(rows: Tensor, mean: Tensor) -> Tensor:
    """R with RᵀR the unbiased covariance of ``rows``: at most as many rows as columns."""
    count, dimension = rows.shape
    if count <= dimension:
        return (rows - mean) / (count - 1) ** 0.5
    root = rows.new_empty(0, dimension)
    for block in rows.split(max(BLOCK_ROWS, dimension)):
        root = torch.linalg.qr(torch.cat([root, block - mean]), mode="r").R
    return root / (count - 1) ** 0.5


def kernel(real: Tensor, fake: Tensor) -> float:
    """:func:`kernel_distance` of checked features."""
    n, m = len(real), len(fake)
    within_real = (_kernel_sum(real, real) - _kernel_diagonal(real)) / (n * (n - 1))
    within_fake = (_kernel_sum(fake, fake) - _kernel_diagonal(fake)) / (m * (m - 1))
    return within_real + within_fake - 2 * _kernel_sum(real, fake) / (n * m)


def _kernel_sum(a: Tensor, b: Tensor) -> float:
    return sum(
        float((x @ y.T).div_(a.shape[1]).add_(1).pow_(3).sum())
        for x in a.split(BLOCK_ROWS)
        for y in b.split(BLOCK_ROWS)
    )


def _kernel_diagonal(rows: Tensor) -> float:
    return float((rows.square().sum(dim=1) / rows.shape[1] + 1).pow(3).sum())
