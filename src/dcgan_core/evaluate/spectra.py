"""Power spectra of images: a comparison of real and fake that needs no network.

P(u, v), the power of an image with sides H and W at u and v cycles a pixel, is

    P(u, v) = |Σ x[i, j] exp(−2π·i·(u·i + v·j))|² / (H·W)

of its codes x less their mean, averaged over channels and images. White noise of variance s² has
P = s² everywhere. The radial spectrum is P averaged over all directions, as by Durall et al.,
"Watch Your Up-Convolution" (CVPR 2020, arXiv:2003.01826), and told in dB: 10·log10 P.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from .estimates import QUANTILE
from .image_batches import image_batches

FLOOR = 1 / 12
"""Power of rounding to whole codes, in codes²: what is below it says nothing."""
SMALLEST_SIDE = 16
"""In pixels; below it the frequencies around those of a grid reach 0."""
PERIODS = (2, 4, 8)
"""Pixels after which the grid of the last, the last two or three stride-2 layers comes again."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Spectrum:
    """The mean power of some images of one size.

    Attributes:
        height, width: of the images.
        frequencies: cycles a pixel, k/L for k = 1 to L/2 with L the shorter side.
        radial: the power at each, in codes².
        peaks: the power at each frequency of a grid over that around it, by its period.
        images: how many there are.
        without: the spectra of all images but a block of them, for each block; empty where the
            images have none.
    """

    height: int
    width: int
    frequencies: Floats
    radial: Floats
    peaks: dict[int, Floats]
    images: int
    without: tuple[Spectrum, ...] = ()

    @property
    def decibels(self) -> Floats:
        """The radial spectrum as 10·log10 of codes²."""
        return 10 * np.log10(self.radial)


def spectrum(
    images: np.ndarray | Iterable[np.ndarray], blocks: npt.NDArray[np.int64] | None = None
) -> Spectrum:
    """The spectrum of images; it is the same to the bit however they come in batches.

    Args:
        images: uint8 array N×H×W×C, C of 1 or 3, or an iterable of such arrays, read one at a
            time; all of one H and W, each at least 16.
        blocks: N numbers from 0, the block of each image, of two at least; for intervals.

    Raises:
        ValueError: no images; another dtype or shape; sides below 16 or of several lengths.
    """
    numbers = iter(blocks if blocks is not None else ())
    sums: dict[int, _Sums] = {}
    shape: tuple[int, ...] = ()
    for codes in _checked(images):
        shape = codes.shape[1:]
        sums.setdefault(int(next(numbers, 0)), _Sums()).add(codes)
    whole = sum(sums.values(), _Sums())
    without = tuple(
        sum((one for key, one in sums.items() if key != left_out), _Sums()).spectrum(shape)
        for left_out in sums
        if len(sums) > 1
    )
    return replace(whole.spectrum(shape), without=without)


def _checked(images: np.ndarray | Iterable[np.ndarray]) -> Iterator[Floats]:
    """Each image as C×H×W codes.

    Raises:
        ValueError: as :func:`spectrum`.
    """
    shape: tuple[int, ...] = ()
    for batch in image_batches(images, 1):
        codes = batch[0].astype(np.float64).transpose(2, 0, 1)
        if min(codes.shape[1:]) < SMALLEST_SIDE:
            raise ValueError(f"images of shape {codes.shape[1:]} have a side below {SMALLEST_SIDE}")
        shape = shape or codes.shape
        if codes.shape != shape:
            raise ValueError(f"images have shapes {shape} and {codes.shape}; they must be the same")
        yield codes


@dataclass
class _Sums:
    """Powers of some images, added up.

    Attributes:
        power: H×W, at the frequencies of :func:`numpy.fft.fft2`.
        grid: 21×21, at those of :func:`_waves`.
        images: how many.
    """

    power: Floats | float = 0.0
    grid: Floats | float = 0.0
    images: int = 0

    def add(self, codes: Floats) -> None:
        codes = codes - codes.mean(axis=(1, 2), keepdims=True)
        rows, columns = (_waves(side) for side in codes.shape[1:])
        self.power = self.power + _power(np.fft.fft2(codes))
        self.grid = self.grid + _power(rows @ codes @ columns.T)
        self.images += 1

    def __add__(self, other: _Sums) -> _Sums:
        return _Sums(self.power + other.power, self.grid + other.grid, self.images + other.images)

    def spectrum(self, shape: tuple[int, ...]) -> Spectrum:
        frequencies, radial = _radial(np.asarray(self.power / self.images))
        peaks = {period: _peaks(np.asarray(self.grid / self.images), period) for period in PERIODS}
        return Spectrum(shape[0], shape[1], frequencies, radial, peaks, self.images)


def interval(
    measure: Callable[[Spectrum, Spectrum], float], real: Spectrum, fake: Spectrum
) -> tuple[float, float]:
    """Where the measure for ever more images would lie, nine times of ten.

    Blocks of images are left out one at a time (the grouped jackknife; Efron & Tibshirani, "An
    introduction to the bootstrap", 1993, chapter 11), and what both sides vary adds up.

    Args:
        measure: :func:`spectral_distance` or :func:`grid_score`.
        real: a spectrum with blocks.
        fake: another.
    """
    value = measure(real, fake)
    sides = (
        [measure(part, fake) for part in real.without],
        [measure(real, part) for part in fake.without],
    )
    variance = sum((len(side) - 1) * float(np.var(side)) for side in sides)
    reach = QUANTILE * variance**0.5
    return value - reach, value + reach


def spectral_distance(real: Spectrum, fake: Spectrum) -> float:
    """How far two radial spectra are apart: the mean over frequencies of |difference|, in dB.

    0 for equal spectra; 3 where one has half the power of the other at every frequency.

    Raises:
        ValueError: they are of images of different sizes.
    """
    _check_sizes(real, fake)
    return float(np.abs(fake.decibels - real.decibels).mean())


def grid_score(real: Spectrum, fake: Spectrum, periods: Iterable[int] = PERIODS) -> float:
    """Excess power of fake images at the frequencies of the grid that upsampling draws, in dB.

    Stride-2 transposed convolutions draw a checkerboard (Odena et al., "Deconvolution and
    Checkerboard Artifacts", Distill 2016): power at 1/2, 1/4 and 1/8 cycles a pixel along rows,
    columns and both diagonals. At each such frequency g, P(g) over the mean of P at the eight
    frequencies around it, 1/H and 1/W away, says how far it stands out. The score is 10·log10 of
    the mean of that over all g, fake over real. Blur and some noise hardly change it, since
    they move P(g) and what is around it alike.

    Args:
        real: the spectrum of real images.
        fake: of generated images of the same size.
        periods: of 2, 4 and 8 pixels, those that count.

    Returns:
        0 where fake images have as much of a grid as real ones, above it where they have more.

    Raises:
        ValueError: they are of images of different sizes.
    """
    _check_sizes(real, fake)
    means = [
        np.concatenate([one.peaks[period] for period in periods]).mean() for one in (fake, real)
    ]
    return float(10 * np.log10(means[0] / means[1]))


def _check_sizes(real: Spectrum, fake: Spectrum) -> None:
    """Check that two spectra are of images of one size.

    Raises:
        ValueError: they are not.
    """
    sizes = [(one.height, one.width) for one in (real, fake)]
    if sizes[0] != sizes[1]:
        raise ValueError(f"real images are {sizes[0]} pixels, fake ones {sizes[1]}")


def _power(transform: npt.NDArray[np.complex128]) -> Floats:
    """|C×U×V|², averaged over channels: U×V."""
    return (transform.real**2 + transform.imag**2).mean(axis=0)


def _radial(power: Floats) -> tuple[Floats, Floats]:
    """Frequencies, and the mean power in the ring of each; the corners above 1/2 are left out.

    Args:
        power: H×W, as :func:`numpy.fft.fft2` orders it, not yet divided by H·W.
    """
    height, width = power.shape
    shorter = min(height, width)
    distance = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None, :])
    ring = np.rint(distance * shorter).astype(int).ravel()
    sums = np.bincount(ring, power.ravel() / power.size)
    number = np.arange(1, shorter // 2 + 1)
    radial = sums[number] / np.bincount(ring)[number]
    return number / shorter, np.maximum(radial, FLOOR)


STEPS = (-1, 0, 1)
CENTRES = tuple(sign / period for period in PERIODS for sign in (1, -1))
"""Frequencies of a grid along one side."""


@lru_cache
def _waves(side: int) -> npt.NDArray[np.complex128]:
    """21×side: the waves of 0 and CENTRES, each with those 1/side below and above it.

    The transform is taken at these very frequencies, of which a side that is no multiple of 8 has
    none among its own. It is divided by the root of the side here, and so P by H·W.
    """
    frequencies = [centre + step / side for centre in (0.0, *CENTRES) for step in STEPS]
    phases = np.outer(frequencies, np.arange(side))
    return np.exp(-2j * np.pi * phases) / side**0.5


def _peaks(grid: Floats, period: int) -> Floats:
    """P over the mean of P around it, at the frequencies of one period.

    Args:
        grid: 21×21 powers at the frequencies of :func:`_waves`.
        period: one of PERIODS.
    """
    at = 3 + 6 * PERIODS.index(period)
    # Along columns, along rows, and both diagonals, which at 1/2 are one.
    places = [(at, 0), (0, at), (at, at)] + ([(at, at + 3)] if period > 2 else [])
    peaks = []
    for row, column in places:
        block = np.maximum(grid[row : row + 3, column : column + 3], FLOOR)
        peaks.append(block[1, 1] / ((block.sum() - block[1, 1]) / 8))
    return np.array(peaks)
