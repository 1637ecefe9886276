"""Contrast and entropy are what their closed forms say; each bound drops what is outside of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.stats import entropy as scipy_entropy

from dcgan_core.data.clean.bounds import contrast, entropy, histogram, outside
from dcgan_core.data.clean.checks import Checks


def levels(*codes: int, side: int = 64) -> Image.Image:
    """A grey picture of these levels, each on as many pixels."""
    return Image.fromarray(np.resize(np.array(codes, np.uint8), (side, side)))


def test_entropy_in_closed_form() -> None:
    assert entropy(histogram(levels(7))) == 0
    assert entropy(histogram(levels(0, 255))) == 1
    assert entropy(histogram(levels(3, 50, 90, 200))) == 2
    assert entropy(histogram(levels(*range(256)))) == 8
    quarter = np.bincount([10, 10, 10, 99], minlength=256)
    assert entropy(quarter) == pytest.approx(2 - 0.75 * math.log2(3), abs=1e-12)


def test_contrast_in_closed_form() -> None:
    assert contrast(histogram(levels(7))) == 0
    assert contrast(histogram(levels(0, 255))) == 127.5
    assert contrast(histogram(levels(100, 110))) == 5
    assert contrast(histogram(levels(*range(256)))) == pytest.approx(math.sqrt((256**2 - 1) / 12))


@settings(max_examples=100, deadline=None)
@given(st.binary(min_size=1, max_size=200))
def test_both_equal_other_libraries_on_any_picture(codes: bytes) -> None:
    pixels = np.frombuffer(codes, np.uint8)[None]
    counts = histogram(Image.fromarray(pixels))
    assert counts.sum() == len(codes)
    assert contrast(counts) == pytest.approx(pixels.std(), abs=1e-9)
    assert entropy(counts) == pytest.approx(scipy_entropy(counts, base=2), abs=1e-9)


def test_grey_levels_are_those_of_luma() -> None:
    red = Image.new("RGB", (4, 4), (255, 0, 0))
    assert histogram(red)[76] == 16


@pytest.mark.parametrize(
    ("image", "checks", "kind", "reason"),
    [
        (
            Image.new("RGB", (31, 90)),
            Checks(min_side=64),
            "too small",
            "too small (31 px, needs 64)",
        ),
        (
            Image.new("L", (90, 400)),
            Checks(max_aspect=3),
            "too long",
            "too long (sides as 4.444 to 1, at most 3 to 1)",
        ),
        (
            levels(100, 110),
            Checks(min_contrast=5.5),
            "too flat",
            "too flat (contrast 5, needs 5.5)",
        ),
        (
            levels(0, 255),
            Checks(min_entropy=1.5),
            "too plain",
            "too plain (entropy 1, needs 1.5)",
        ),
        (
            levels(*range(256)),
            Checks(max_entropy=7.5),
            "too noisy",
            "too noisy (entropy 8, at most 7.5)",
        ),
    ],
)
def test_each_bound_has_its_reason(
    image: Image.Image, checks: Checks, kind: str, reason: str
) -> None:
    drop = outside(image, checks)
    assert drop is not None
    assert (drop.kind, drop.reason, drop.repeats) == (kind, reason, None)
    assert outside(image, Checks()) is None


@pytest.mark.parametrize(
    ("image", "checks"),
    [
        (Image.new("RGB", (64, 90)), Checks(min_side=64)),
        (Image.new("RGB", (100, 300)), Checks(max_aspect=3)),
        (levels(100, 110), Checks(min_contrast=5)),
        (levels(0, 255), Checks(min_entropy=1, max_entropy=1)),
        (levels(*range(256)), Checks(min_entropy=8)),
    ],
)
def test_what_lies_on_a_bound_is_kept(image: Image.Image, checks: Checks) -> None:
    assert outside(image, checks) is None
