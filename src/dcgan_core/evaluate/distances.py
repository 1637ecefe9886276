"""Distances between two sets of feature vectors, real images' and fakes': Fréchet and kernel.

All arithmetic is float64 on the CPU.
"""

import numpy as np
import torch
from torch import Tensor

from .subsets import Subsets

BLOCK_ROWS = 4096
ROUNDING = 1e-12
"""Singular values of less, relative to the largest, are zeros in float64."""


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


def frechet_of_subsets(
    real: Tensor, fake: Tensor, real_subsets: Subsets, fake_subsets: Subsets
) -> tuple[float, np.ndarray]:
    """:func:`frechet` of checked features, and of subsets of them.

    The distance of a subset follows, to first order, from what each image adds to that of all: the
    derivative of the formula by the image's weight (the infinitesimal jackknife, Jaeckel 1972).
    The nuclear norm ‖UΣVᵀ‖ has the derivative UVᵀ. So subsets are not biased upwards for being
    smaller, and cost one decomposition together.

    Args:
        real: N×D.
        fake: M×D.
        real_subsets: of the N.
        fake_subsets: of the M, as many.

    Returns:
        The distance, and one for each draw.
    """
    real_mean, fake_mean = real.mean(dim=0), fake.mean(dim=0)
    real_rows, fake_rows = real - real_mean, fake - fake_mean
    real_root, fake_root = _covariance_root(real, real_mean), _covariance_root(fake, fake_mean)
    left, values, right = torch.linalg.svd(real_root @ fake_root.T, full_matrices=False)
    # Where the norm has no derivative, the vectors of values of 0 are any.
    turn = (left * (values > values[0] * ROUNDING)) @ right
    apart = real_mean - fake_mean
    spread = real_root.square().sum() + fake_root.square().sum()
    distance = max(float(apart.square().sum() + spread - 2 * values.sum()), 0.0)
    real_pull = _pull(real_rows, real_root, turn @ fake_root)
    fake_pull = _pull(fake_rows, fake_root, turn.T @ real_root)
    of_real = real_rows.square().sum(dim=1) + 2 * (real_rows @ apart) - 2 * real_pull
    of_fake = fake_rows.square().sum(dim=1) - 2 * (fake_rows @ apart) - 2 * fake_pull
    moved = _mean_of_subsets(of_real, real_subsets) + _mean_of_subsets(of_fake, fake_subsets)
    return distance, distance + moved


def _pull(rows: Tensor, root: Tensor, other: Tensor) -> Tensor:
    """What each image x adds to the nuclear norm of R₁R₂ᵀ: ½ xᵀ R₁⁺ (UVᵀR₂) x.

    Args:
        rows: N×D, centred.
        root: R₁, either N×D, ``rows`` themselves but for a factor, or D×D.
        other: UVᵀR₂, of the shape of ``root``.
    """
    if len(root) == len(rows):
        # R₁ = X/√(N−1), so that xᵢᵀR₁⁺ is √(N−1) times the i-th unit vector.
        return 0.5 * (len(rows) - 1) ** 0.5 * (rows * other).sum(dim=1)
    through = torch.linalg.lstsq(root.T, rows.T).solution.T
    return 0.5 * (through * (rows @ other.T)).sum(dim=1)


def _mean_of_subsets(shares: Tensor, subsets: Subsets) -> np.ndarray:
    """Mean of centred shares over each subset."""
    centred = shares.numpy() - float(shares.mean())
    return subsets.kept @ centred / subsets.kept.sum(axis=1)


def kernel_of_subsets(
    real: Tensor, fake: Tensor, real_subsets: Subsets, fake_subsets: Subsets
) -> np.ndarray:
    """:func:`kernel` of subsets of checked features; arguments as :func:`frechet_of_subsets`."""
    ours, theirs = (
        torch.from_numpy(subsets.kept).double() for subsets in (real_subsets, fake_subsets)
    )
    n, m = ours.sum(dim=1), theirs.sum(dim=1)
    within = [
        (_weighted_sum(rows, rows, chosen, chosen) - chosen @ _kernel_diagonals(rows))
        / (count * (count - 1))
        for rows, chosen, count in ((real, ours, n), (fake, theirs, m))
    ]
    across = _weighted_sum(real, fake, ours, theirs) / (n * m)
    return (within[0] + within[1] - 2 * across).numpy()


def _weighted_sum(a: Tensor, b: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """For each draw, the kernel summed over all pairs of its subsets."""
    return sum(
        (
            (left[:, start : start + BLOCK_ROWS] @ _kernel(block, b)).mul_(right).sum(dim=1)
            for start, block in zip(range(0, len(a), BLOCK_ROWS), a.split(BLOCK_ROWS), strict=True)
        ),
        start=left.new_zeros(len(left)),
    )


def _kernel(a: Tensor, b: Tensor) -> Tensor:
    return (a @ b.T).div_(a.shape[1]).add_(1).pow_(3)


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
    within_real = (_kernel_sum(real, real) - float(_kernel_diagonals(real).sum())) / (n * (n - 1))
    within_fake = (_kernel_sum(fake, fake) - float(_kernel_diagonals(fake).sum())) / (m * (m - 1))
    return within_real + within_fake - 2 * _kernel_sum(real, fake) / (n * m)


def _kernel_sum(a: Tensor, b: Tensor) -> float:
    return sum(float(_kernel(x, y).sum()) for x in a.split(BLOCK_ROWS) for y in b.split(BLOCK_ROWS))


def _kernel_diagonals(rows: Tensor) -> Tensor:
    return (rows.square().sum(dim=1) / rows.shape[1] + 1).pow(3)
