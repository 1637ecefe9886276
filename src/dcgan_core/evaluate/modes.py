"""Which of the combinations of three digits a generator shows, and how evenly.

These are the scores of StackedMNIST: modes covered, and the KL divergence of generated from real
modes (Metz et al., "Unrolled generative adversarial networks", 2017; Srivastava et al., "VEEGAN",
2017; Lin et al., "PacGAN", 2018). Here 900 triples are modes and 100 are held out of training;
images in which no digit can be read count for neither.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..data.digit_triples import COUNT, DRAWN, HELD_OUT
from .estimates import QUANTILE, wilson

Interval = tuple[float, float]
"""The ends of an interval of level ``estimates.LEVEL``: what as many new images would give."""


@dataclass(frozen=True)
class ModeScores:
    """The scores, and the counts that they are to be read by."""

    images: int
    readable: int
    """Images in which all three digits can be read."""
    unreadable: float
    """Share of the images, in [0,1]."""
    unreadable_interval: Interval
    counted: int
    """Readable images of a triple that is no held-out one: those of ``modes`` and ``kl``."""
    modes: int
    """Different triples among the counted images, of 900."""
    modes_interval: Interval
    modes_expected: float
    """What as many real images as are counted would show, on average."""
    kl: float | None
    """Nats by which the counted triples differ from even ones; None where none is counted."""
    kl_interval: Interval | None
    kl_expected: float | None
    """What as many real images as are counted would give, on average."""
    held_out_modes: int
    """Different held-out triples shown, of 100: inventions, since no training image shows one."""
    held_out: float | None
    """Share of the readable images, in [0,1]; 0.1 where the channels are independent."""
    held_out_interval: Interval | None


def mode_scores(
    triples: npt.NDArray[np.integer], readable: npt.NDArray[np.bool_] | None = None
) -> ModeScores:
    """The scores of images whose triples are known.

    Intervals of shares are Wilson's; those of ``modes`` and ``kl`` come from the jackknife, whose
    variance errs on the large side (Efron & Stein, "The jackknife estimate of variance", 1981).

    Args:
        triples: from 0 to 999, one an image; N.
        readable: whether the image's digits can be read; N. By default all can.

    Raises:
        ValueError: no images, other shapes, or a triple out of range.
    """
    triples = np.asarray(triples)
    readable = np.ones(len(triples), bool) if readable is None else np.asarray(readable)
    if triples.ndim != 1 or triples.shape != readable.shape or triples.dtype.kind not in "iu":
        raise ValueError(
            f"triples are {triples.dtype} of shape {triples.shape} and readable of shape "
            f"{readable.shape}; they must be whole numbers, N, and N"
        )
    if len(triples) == 0:
        raise ValueError("triples is empty; there is nothing to score")
    if not 0 <= triples.min() <= triples.max() < COUNT:
        raise ValueError(f"triples must be from 0 to {COUNT - 1}")
    histogram = np.bincount(triples[readable], minlength=COUNT)
    counts, inventions = histogram[list(DRAWN)], histogram[list(HELD_OUT)]
    images, read, counted = len(triples), int(readable.sum()), int(counts.sum())
    invented = int(inventions.sum())
    return ModeScores(
        images=images,
        readable=read,
        unreadable=(images - read) / images,
        unreadable_interval=wilson((images - read) / images, images),
        counted=counted,
        modes=int((counts > 0).sum()),
        modes_interval=_modes_interval(counts),
        modes_expected=expected_modes(counted),
        kl=kl_from_even(counts) if counted else None,
        kl_interval=_kl_interval(counts) if counted else None,
        kl_expected=expected_kl(counted) if counted else None,
        held_out_modes=int((inventions > 0).sum()),
        held_out=invented / read if read else None,
        held_out_interval=wilson(invented / read, read) if read else None,
    )


@dataclass(frozen=True)
class PublishedScores:
    """Modes and KL as Lin et al. (2018) compute them: of 1,000, and no image is unreadable."""

    modes: int
    modes_interval: Interval
    kl: float
    kl_interval: Interval


def published_scores(triples: npt.NDArray[np.integer]) -> PublishedScores:
    """The scores of all images, whether their digits can be read or not.

    Noise covers modes by them, since each image counts as its likeliest triple.

    Args:
        triples: from 0 to 999, one an image; N, at least 1.
    """
    counts = np.bincount(triples, minlength=COUNT)
    return PublishedScores(
        int((counts > 0).sum()), _modes_interval(counts), kl_from_even(counts), _kl_interval(counts)
    )


def kl_from_even(counts: npt.NDArray[np.integer]) -> float:
    """``Σ p ln(p / (1/K))`` of the shares p of K modes, in nats: 0 if even, ln K if all is one.

    The shares are taken as they are counted, as by Lin et al. (2018), so that few images give a
    value above the generator's own: see :func:`expected_kl`.

    Args:
        counts: images of each mode, K; at least one image.
    """
    total = counts.sum()
    return float(_weighted_logs(counts).sum() / total + math.log(len(counts) / total))


def expected_modes(images: int, modes: int = len(DRAWN)) -> float:
    """``K (1 − (1 − 1/K)^N)``: how many of K even modes N images show, on average."""
    return modes * -math.expm1(images * math.log1p(-1 / modes))


def expected_kl(images: int, modes: int = len(DRAWN)) -> float:
    """What :func:`kl_from_even` gives on average for N images of K even modes, exactly.

    About (K − 1) / 2N where N is several times K. Each count is binomial, so this is
    ``ln(K/N) + (K/N) E[X ln X]`` with X ~ B(N, 1/K).

    Args:
        images: N, at least 1.
        modes: K, at least 2.
    """
    number = np.arange(images + 1)
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(number[1:]))])
    choose = log_factorial[-1] - log_factorial - log_factorial[::-1]
    log_chance = choose - number * math.log(modes) + (images - number) * math.log1p(-1 / modes)
    mean = float((np.exp(log_chance) * _weighted_logs(number)).sum())
    return math.log(modes / images) + modes / images * mean


def _modes_interval(counts: npt.NDArray[np.integer]) -> Interval:
    """Without an image that is the only one of its mode, a mode is lost; without others none is."""
    total, seen, once = int(counts.sum()), int((counts > 0).sum()), int((counts == 1).sum())
    if total == 0:
        return 0.0, 0.0
    variance = (total - 1) / total * once * (1 - once / total)
    return _around(seen, variance, len(counts))


def _kl_interval(counts: npt.NDArray[np.integer]) -> Interval:
    """The KL divergence without one image is the same for all images of a mode."""
    total, modes, seen = int(counts.sum()), len(counts), counts[counts > 0]
    value = kl_from_even(counts)
    if total < 2:
        return value, value
    change = _weighted_logs(seen - 1) - _weighted_logs(seen)
    without = (_weighted_logs(seen).sum() + change) / (total - 1) + math.log(modes / (total - 1))
    middle = (seen * without).sum() / total
    variance = (total - 1) / total * float((seen * (without - middle) ** 2).sum())
    return _around(value, variance, math.log(modes))


def _around(value: float, variance: float, largest: float) -> Interval:
    spread = QUANTILE * math.sqrt(variance)
    return max(0.0, value - spread), min(largest, value + spread)


def _weighted_logs(numbers: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
    """n ln n, which is 0 for n = 0."""
    return numbers * np.log(np.maximum(numbers, 1))
