"""The latents behind numbers are normal, and each is its number's alone."""

import numpy as np
import pytest
from scipy import stats

from dcgan_core.explore.numbers import numbered_latents


def test_a_latent_depends_on_its_number_alone():
    many = numbered_latents(range(50), 7)
    assert (numbered_latents([17], 7)[0] == many[17]).all()
    # An odd length leaves out the last number of a longer one.
    assert (numbered_latents([17], 8)[0, :7] == many[17]).all()
    assert len(np.unique(many)) == many.size


def test_they_are_standard_normal_and_uncorrelated():
    latents = numbered_latents([*range(4000), *range(2**32 - 1000, 2**32)], 20)
    assert stats.kstest(latents.ravel(), "norm").pvalue > 0.001
    assert np.abs(latents.mean(axis=0)).max() < 0.07
    assert np.abs(np.corrcoef(latents.T) - np.eye(20)).max() < 0.07
    # Neighbouring numbers are as unlike as any.
    following = (latents[:-1] * latents[1:]).mean()
    assert abs(following) < 0.01


def test_the_first_numbers_stay_what_they_are():
    """Links to the page name numbers; worked out by hand from the description."""

    def scattered(word):
        word ^= word >> 16
        word = word * 0x21F0AAAD % 2**32
        word ^= word >> 15
        word = word * 0x735A2D97 % 2**32
        return word ^ (word >> 15)

    first, second = (
        (scattered(scattered(5) ^ scattered(place + 0x9E3779B9)) + 0.5) / 2**32 for place in (2, 3)
    )
    radius, angle = np.sqrt(-2 * np.log(first)), 2 * np.pi * second
    wanted = [radius * np.cos(angle), radius * np.sin(angle)]
    assert numbered_latents([5], 4)[0, 2:] == pytest.approx(wanted, abs=1e-12)


def test_a_number_out_of_range_is_refused():
    with pytest.raises(OverflowError):
        numbered_latents([2**32], 3)
