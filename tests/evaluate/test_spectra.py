"""Spectra against closed forms, and against images whose spectrum is known."""

import numpy as np
import pytest

from dcgan_core.evaluate.spectra import (
    FLOOR,
    PERIODS,
    grid_score,
    interval,
    spectral_distance,
    spectrum,
)


def noise(count, height=32, width=32, channels=3, spread=20.0, seed=0):
    """White noise around mid-grey."""
    rng = np.random.default_rng(seed)
    return rng.normal(128, spread, (count, height, width, channels)).round().astype(np.uint8)


def checkerboard(height, width):
    """1 and −1 in turn."""
    y, x = np.mgrid[:height, :width]
    return (1 - 2 * ((y + x) % 2))[..., None]


def box_blurred(images):
    """The mean of each pixel, its neighbour below, right, and both; circular."""
    wide = images.astype(float)
    for axis in (1, 2):
        wide = (wide + np.roll(wide, -1, axis)) / 2
    return wide.round().astype(np.uint8)


@pytest.mark.parametrize("shape", [(32, 32, 3), (37, 28, 1), (64, 16, 3)])
def test_white_noise_is_flat_at_its_variance(shape):
    found = spectrum(noise(400, *shape))
    # Rounding to codes adds 1/12.
    np.testing.assert_allclose(found.radial, 20**2 + 1 / 12, rtol=0.05)
    assert found.decibels.std() < 0.2
    shorter = min(shape[:2])
    np.testing.assert_allclose(found.frequencies, np.arange(1, shorter // 2 + 1) / shorter)


def test_a_wave_has_its_power_at_its_frequency():
    y, x = np.mgrid[:32, :32]
    waves = np.stack([np.cos(2 * np.pi * 5 / 32 * side) for side in (x, y)])[..., None]
    found = spectrum((128 + 100 * waves).round().astype(np.uint8))
    assert found.frequencies[np.argmax(found.radial)] == 5 / 32
    # Parseval: each image's variance, 100²/2, times 32² values, over the ring's, in two images.
    distance = np.hypot(np.fft.fftfreq(32)[:, None], np.fft.fftfreq(32)[None])
    ring = np.count_nonzero(np.rint(distance * 32) == 5)
    np.testing.assert_allclose(found.radial.max(), 100**2 / 2 * 32**2 / ring, rtol=0.01)


def test_flat_images_have_the_power_of_rounding():
    flat = spectrum(np.full((3, 16, 16, 1), 7, np.uint8))
    np.testing.assert_array_equal(flat.radial, FLOOR)
    assert grid_score(flat, flat) == 0


def test_the_distance_of_half_the_power_is_three_decibels():
    strong, weak = spectrum(noise(300, spread=20)), spectrum(noise(300, spread=20 / 2**0.5, seed=1))
    assert spectral_distance(strong, weak) == pytest.approx(10 * np.log10(2), abs=0.1)
    assert spectral_distance(strong, weak) == spectral_distance(weak, strong)
    assert spectral_distance(strong, strong) == 0


def test_blur_lowers_high_frequencies_by_its_transfer_function():
    sharp, blurred = noise(300, spread=30), box_blurred(noise(300, spread=30))
    change = spectrum(blurred).decibels - spectrum(sharp).decibels
    assert np.all(np.diff(change) < 0)
    along = np.cos(np.pi * np.fft.fftfreq(32)) ** 2
    transfer = along[:, None] * along[None]
    distance = np.rint(np.hypot(*np.meshgrid(*[np.fft.fftfreq(32)] * 2)) * 32)
    wanted = [10 * np.log10(transfer[distance == k].mean()) for k in range(1, 17)]
    np.testing.assert_allclose(change, wanted, atol=0.3)


@pytest.mark.parametrize("shape", [(32, 32), (64, 48)])
@pytest.mark.parametrize("amplitude", [1, 3, 8])
def test_a_checkerboard_raises_the_grid_score_by_the_closed_form(shape, amplitude):
    """Of either sign in turn, so that it is uncorrelated with the images beneath."""
    images = noise(400, *shape, seed=2)
    signs = np.where(np.arange(400) % 2, 1, -1)[:, None, None, None]
    pairs = np.repeat(images[::2], 2, axis=0)
    drawn = (pairs + signs * amplitude * checkerboard(*shape)).astype(np.uint8)
    real, fake = spectrum(pairs), spectrum(drawn)
    around = 20**2 + 1 / 12
    excess = amplitude**2 * np.prod(shape) / around
    for periods in (PERIODS, (2,)):
        before = np.concatenate([real.peaks[period] for period in periods])
        wanted = 10 * np.log10(1 + excess / before.sum())
        assert grid_score(real, fake, periods) == pytest.approx(wanted, rel=0.05)
    assert grid_score(real, fake, (4, 8)) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("period", PERIODS)
def test_a_grid_is_seen_at_its_period_in_sides_of_any_length(period):
    images = noise(300, 37, 50, seed=3)
    stripes = np.round(6 * np.cos(2 * np.pi * np.arange(50) / period))[:, None]
    real, fake = spectrum(images), spectrum((images + stripes).astype(np.uint8))
    assert grid_score(real, fake, (period,)) > 3
    for other in set(PERIODS) - {period}:
        assert abs(grid_score(real, fake, (other,))) < 1


def test_the_grid_of_a_transposed_convolution_is_seen():
    """It doubles noise with a 3×3 kernel of ones, as in Odena et al.; beside it nearest does."""
    coarse = np.random.default_rng(4).normal(0, 20, (300, 16, 16))
    spaced = np.zeros((300, 32, 32))
    spaced[:, ::2, ::2] = coarse + 60
    shifts = [np.roll(spaced, (i, j), (1, 2)) for i in range(3) for j in range(3)]
    grid = sum(shifts) * 4 / 9
    nearest = (coarse + 60).repeat(2, 1).repeat(2, 2)
    codes = [np.clip(np.round(one[..., None]), 0, 255).astype(np.uint8) for one in (nearest, grid)]
    assert grid_score(*map(spectrum, codes)) > 10


def test_blur_and_noise_are_no_grid():
    images = noise(500, spread=30, seed=5)
    real = spectrum(images)
    assert abs(grid_score(real, spectrum(box_blurred(images)), (4, 8))) < 0.5
    assert abs(grid_score(real, spectrum(noise(500, spread=50, seed=6)))) < 0.5
    assert abs(grid_score(real, spectrum(noise(500, spread=30, seed=7)))) < 0.5


def test_batches_do_not_matter_to_the_bit():
    images = noise(11, 20, 33)
    together = spectrum(images)
    streamed = spectrum(iter([images[:4], images[4:5], images[5:]]))
    np.testing.assert_array_equal(streamed.radial, together.radial)
    for period in PERIODS:
        np.testing.assert_array_equal(streamed.peaks[period], together.peaks[period])
    assert streamed.images == together.images == 11


def test_grey_counts_as_three_equal_channels():
    grey = noise(5, channels=1)
    np.testing.assert_allclose(spectrum(np.repeat(grey, 3, 3)).radial, spectrum(grey).radial)


def test_bad_images():
    with pytest.raises(ValueError, match="side below 16"):
        spectrum(noise(2, 15, 40))
    with pytest.raises(ValueError, match="must be the same"):
        spectrum(iter([noise(1, 16, 16), noise(1, 16, 20)]))
    with pytest.raises(ValueError, match="empty"):
        spectrum(noise(0))
    small, large = spectrum(noise(2, 16, 16)), spectrum(noise(2, 32, 32))
    for compare in (spectral_distance, grid_score):
        with pytest.raises(ValueError, match="pixels, fake ones"):
            compare(small, large)


@pytest.mark.parametrize("measure", [spectral_distance, grid_score])
def test_intervals_hold_what_ever_more_images_have(measure):
    """Of 60 draws of images of unlike loudness, nine in ten: 46 to 60 with 99.9 % chance."""
    rng = np.random.default_rng(3)

    def images(count, louder):
        loudness = rng.gamma(4.0, 5.0, (count, 1, 1, 1)) * louder
        return rng.normal(128, loudness, (count, 16, 16, 1)).clip(0, 255).round().astype(np.uint8)

    truth = measure(spectrum(images(4000, 1.0)), spectrum(images(4000, 1.5)))
    held = 0
    for _ in range(60):
        sides = [spectrum(images(80, louder), np.arange(80) % 20) for louder in (1.0, 1.5)]
        low, high = interval(measure, *sides)
        held += low <= truth <= high
    assert held >= 46


def test_blocks_change_no_spectrum_and_leave_out_one_each():
    images = noise(12)
    whole, parted = spectrum(images), spectrum(images, np.arange(12) % 3)
    np.testing.assert_allclose(parted.radial, whole.radial, rtol=1e-12)
    for block, left in enumerate(parted.without):
        rest = spectrum(images[np.arange(12) % 3 != block])
        assert left.images == 8
        np.testing.assert_allclose(left.radial, rest.radial, rtol=1e-12)
    assert whole.without == ()
