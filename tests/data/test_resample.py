"""Shrinking is Pillow's to a code, in any shape and on any processor."""

from __future__ import annotations

import numpy as np
import pytest
from cykooz_resizer import CpuExtensions
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from dcgan_core.data import resample
from dcgan_core.data.resample import FILTERS, QUICK, crop_box, fit, fit_codes

TARGETS = [(64, 64), (128, 128), (157, 128), (16, 100)]


def drawn(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Smooth colours with grain in one half and the sharpest edges in the other."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (1 + height // 12, 1 + width // 12, 3), np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize((width, height))).astype(int)
    pixels = (smooth + random.normal(0, 6, smooth.shape)).clip(0, 255)
    pixels[:, : width // 2] = 255 * random.integers(0, 2, (height, width // 2, 3))
    return pixels.astype(np.uint8)


def by_pillow(image: Image.Image, size: tuple[int, int], filter: str) -> np.ndarray:
    box = crop_box((image.height, image.width), size)
    return np.asarray(image.resize((size[1], size[0]), FILTERS[filter], box))


def apart(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    return np.abs(found.reshape(expected.shape).astype(int) - expected)


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(TARGETS),
    st.integers(1, 900),
    st.integers(1, 900),
    st.sampled_from(sorted(QUICK)),
    st.sampled_from(["RGB", "L"]),
)
@example((64, 64), 704, 960, "bicubic", "RGB")
@example((64, 64), 2900, 37, "lanczos", "RGB")
@example((64, 64), 37, 2900, "lanczos", "L")
def test_what_shrinks_is_as_pillow_has_it(
    target: tuple[int, int], more_rows: int, more_columns: int, filter: str, mode: str
) -> None:
    pixels = drawn(target[0] + more_rows, target[1] + more_columns)
    image = Image.fromarray(pixels).convert(mode)
    difference = apart(fit(image, target, filter), by_pillow(image, target, filter))
    assert difference.max() <= 2
    # Of hard edges at simple ratios many results lie between two codes, where either is right.
    assert difference.mean() <= 0.05


@pytest.mark.parametrize("filter", sorted(QUICK))
@pytest.mark.parametrize("shape", [(218, 178), (768, 1024), (1024, 768), (480, 640), (300, 300)])
def test_photographs_differ_by_less_than_a_hundredth(shape: tuple[int, int], filter: str) -> None:
    image = Image.fromarray(drawn(*shape))
    for target in TARGETS[:2]:
        difference = apart(fit(image, target, filter), by_pillow(image, target, filter))
        assert difference.mean() <= 0.01


@pytest.mark.parametrize("filter", sorted(FILTERS))
@pytest.mark.parametrize("shape", [(40, 90), (64, 64), (64, 200), (65, 65), (500, 64), (9, 3)])
def test_what_does_not_shrink_is_pillows_own(shape: tuple[int, int], filter: str) -> None:
    image = Image.fromarray(drawn(*shape))
    difference = apart(fit(image, (64, 64), filter), by_pillow(image, (64, 64), filter))
    assert difference.max() <= (1 if shape == (65, 65) and filter in QUICK else 0)


@pytest.mark.parametrize("filter", sorted(FILTERS))
@pytest.mark.parametrize("shape", [(218, 178), (40, 90), (64, 64), (3, 700)])
def test_codes_are_resized_like_pictures(shape: tuple[int, int], filter: str) -> None:
    pixels = drawn(*shape)
    fourth = np.random.default_rng(1).integers(0, 256, (*shape, 1), np.uint8)
    found = fit_codes(np.concatenate([pixels, fourth], axis=2), (64, 64), filter)
    assert found.shape == (64, 64, 3)
    assert np.array_equal(found, fit(Image.fromarray(pixels), (64, 64), filter))


@pytest.mark.parametrize("filter", sorted(QUICK))
def test_no_instruction_of_a_processor_matters(filter: str) -> None:
    image = Image.fromarray(drawn(501, 333))
    resizer = resample._resizer()
    usual, found = resizer.cpu_extensions, fit(image, (64, 64), filter)
    try:
        resizer.cpu_extensions = CpuExtensions.none
        assert np.array_equal(fit(image, (64, 64), filter), found)
    finally:
        resizer.cpu_extensions = usual
