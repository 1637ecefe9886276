"""How many modes images show and how evenly, as counts of them tell, and what real ones would."""

import math

import numpy as np
import numpy.typing as npt

from .estimates import QUANTILE

Interval = tuple[float, float]
"""The ends of an interval of level ``estimates.LEVEL``: what as many new images would give."""
Shares = npt.NDArray[np.float64]
"""Of the modes among real images, K; each above 0, and 1 together."""
Counts = npt.NDArray[np.integer]
"""Images of each mode, K."""


def even(modes: int) -> Shares:
    """Shares of that many modes, each the same."""
    return np.full(modes, 1 / modes)


def kl_divergence(counts: Counts, shares: Shares) -> float:
    """``Σ p ln(p / q)`` of the counted shares p from real shares q, in nats; 0 if they agree.

    The shares are taken as they are counted, as by Lin et al., "PacGAN" (2018), so that few images
    give a value above the generator's own: see :func:`expected_kl`.

    Args:
        counts: at least one image.
        shares: of as many modes.
    """
    total = counts.sum()
    logs = _weighted_logs(counts) - counts * np.log(shares)
    return float(logs.sum() / total - math.log(total))


def expected_modes(images: int, shares: Shares) -> float:
    """``Σ (1 − (1 − q)^N)``: how many modes N real images show, on average."""
    return float((1 - (1 - shares) ** images).sum())


def expected_kl(images: int, shares: Shares) -> float:
    """What :func:`kl_divergence` gives on average for N real images, exactly.

    About (K − 1) / 2N where N is several times K. Each count is binomial, so this is
    ``(1/N) Σ (E[X ln X] − N q ln q) − ln N`` with X ~ B(N, q).

    Args:
        images: N, at least 1.
        shares: of the modes.
    """
    number = np.arange(images + 1)
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(number[1:]))])
    choose = log_factorial[-1] - log_factorial - log_factorial[::-1]
    logs = _weighted_logs(number)
    found, times = np.unique(shares, return_counts=True)
    mean = 0.0
    for share, modes in zip(found.tolist(), times.tolist(), strict=True):
        if share == 1:
            return 0.0
        log_chance = choose + number * math.log(share) + (images - number) * math.log1p(-share)
        mean += modes * float((np.exp(log_chance) * logs).sum() - images * share * math.log(share))
    return mean / images - math.log(images)


def modes_interval(counts: Counts) -> Interval:
    """Of the number of modes that are shown, by the jackknife.

    Without an image that is the only one of its mode, a mode is lost; without others none is.
    """
    total, seen, once = int(counts.sum()), int((counts > 0).sum()), int((counts == 1).sum())
    if total == 0:
        return 0.0, 0.0
    variance = (total - 1) / total * once * (1 - once / total)
    return _around(seen, variance, len(counts))


def kl_interval(counts: Counts, shares: Shares) -> Interval:
    """Of :func:`kl_divergence`, by the jackknife.

    The divergence without one image is the same for all images of a mode.
    """
    total, value = int(counts.sum()), kl_divergence(counts, shares)
    if total < 2:
        return value, value
    seen, log_shares = counts[counts > 0], np.log(shares[counts > 0])
    change = _weighted_logs(seen - 1) - _weighted_logs(seen) + log_shares
    whole = (_weighted_logs(seen) - seen * log_shares).sum()
    without = (whole + change) / (total - 1) - math.log(total - 1)
    middle = (seen * without).sum() / total
    variance = (total - 1) / total * float((seen * (without - middle) ** 2).sum())
    return _around(value, variance, -math.log(shares.min()))


def _around(value: float, variance: float, largest: float) -> Interval:
    spread = QUANTILE * math.sqrt(variance)
    return max(0.0, value - spread), min(largest, value + spread)


def _weighted_logs(numbers: Counts) -> npt.NDArray[np.float64]:
    """n ln n, which is 0 for n = 0."""
    return numbers.astype(np.float64) * np.log(np.maximum(numbers, 1))
