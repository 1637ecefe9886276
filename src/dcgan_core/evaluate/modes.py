"""Which of the combinations of three digits a generator shows, and how evenly.

These are the scores of StackedMNIST: modes covered, and the KL divergence of generated from real
modes (Metz et al., "Unrolled generative adversarial networks", 2017; Srivastava et al., "VEEGAN",
2017; Lin et al., "PacGAN", 2018). Here 900 triples are modes and 100 are held out of training;
images in which no digit can be read count for neither.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..data.digit_triples import COUNT, DRAWN, HELD_OUT
from .estimates import wilson
from .mode_statistics import (
    Interval,
    even,
    expected_kl,
    expected_modes,
    kl_divergence,
    kl_interval,
    modes_interval,
)


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
    shares = even(len(DRAWN))
    return ModeScores(
        images=images,
        readable=read,
        unreadable=(images - read) / images,
        unreadable_interval=wilson((images - read) / images, images),
        counted=counted,
        modes=int((counts > 0).sum()),
        modes_interval=modes_interval(counts),
        modes_expected=expected_modes(counted, shares),
        kl=kl_divergence(counts, shares) if counted else None,
        kl_interval=kl_interval(counts, shares) if counted else None,
        kl_expected=expected_kl(counted, shares) if counted else None,
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
    modes_expected: float
    kl_expected: float


def published_scores(triples: npt.NDArray[np.integer]) -> PublishedScores:
    """The scores of all images, whether their digits can be read or not.

    Noise covers modes by them, since each image counts as its likeliest triple.

    Args:
        triples: from 0 to 999, one an image; N, at least 1.
    """
    counts, shares = np.bincount(triples, minlength=COUNT), even(COUNT)
    return PublishedScores(
        modes=int((counts > 0).sum()),
        modes_interval=modes_interval(counts),
        kl=kl_divergence(counts, shares),
        kl_interval=kl_interval(counts, shares),
        modes_expected=expected_modes(len(triples), shares),
        kl_expected=expected_kl(len(triples), shares),
    )
