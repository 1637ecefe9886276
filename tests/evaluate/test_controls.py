"""Control images, against what their description says."""

import numpy as np
from scipy.ndimage import gaussian_filter

from dcgan_core.evaluate.controls import BLURS, blurred, noise


def test_noise_is_uniform_and_does_not_depend_on_batches():
    whole = np.concatenate(list(noise(50, (8, 6, 3), 7, 64)))
    parts = np.concatenate(list(noise(50, (8, 6, 3), 7, 16)))
    assert whole.shape == parts.shape == (50, 8, 6, 3)
    assert abs(whole.mean() - 127.5) < 3
    assert abs(whole.std() - 255 / np.sqrt(12)) < 2


def test_blur_is_a_gaussian_of_a_share_of_the_height():
    rng = np.random.default_rng(0)
    image = gaussian_filter(rng.integers(0, 256, (64, 48, 3)).astype(float), (1, 1, 0))
    codes = np.clip(2 * (image - 128) + 128, 0, 255).astype(np.uint8)
    for share in BLURS.values():
        (found,) = blurred([codes[None]], share)
        expected = gaussian_filter(codes.astype(float), (64 * share, 64 * share, 0))
        inner = (slice(14, -14), slice(14, -14))
        # Pillow's Gaussian is three box filters.
        assert np.abs(found[0].astype(float) - expected)[inner].mean() < 2


def test_grey_images_stay_grey():
    (found,) = blurred([np.full((3, 16, 16, 1), 90, np.uint8)], 1 / 16)
    assert found.shape == (3, 16, 16, 1)
    assert (found == 90).all()
