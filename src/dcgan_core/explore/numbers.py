"""The latents behind the page's numbers, as ``engine/numbers.js`` makes them.

An image's number names its latent, whatever else is drawn. Word i of number n is
S(S(n) xor S(i + 0x9e3779b9)), where S scatters 32-bit words one to one: twice xor with itself
shifted right (16, then 15 bits) and multiplied (by 0x21f0aaad, then 0x735a2d97), and once more xor
shifted right by 15. A word w is u = (w + ½)/2³², and each pair gives two normal numbers by Box and
Muller (1958): √(−2 ln u₁)·cos 2πu₂ and √(−2 ln u₁)·sin 2πu₂.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

GOLDEN = 0x9E3779B9
Words = npt.NDArray[np.uint32]


def numbered_latents(numbers: Iterable[int], length: int) -> npt.NDArray[np.float64]:
    """n×length standard normal latents, a row for each number; ``torch.from_numpy(…).float()``.

    Args:
        numbers: 0 to 2³² − 1.
        length: nz, at least 1.

    Raises:
        OverflowError: a number is out of range.
    """
    streams = _scattered(np.array(list(numbers), dtype=np.uint32))
    places = np.arange(length + length % 2, dtype=np.uint32) + np.uint32(GOLDEN)
    words = _scattered(streams[:, None] ^ _scattered(places)[None])
    uniform = (words + 0.5) / 2.0**32
    radius = np.sqrt(-2 * np.log(uniform[:, ::2]))
    angle = 2 * np.pi * uniform[:, 1::2]
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=2)
    return pairs.reshape(len(streams), -1)[:, :length]


def _scattered(words: Words) -> Words:
    words = words ^ (words >> np.uint32(16))
    words = words * np.uint32(0x21F0AAAD)
    words = words ^ (words >> np.uint32(15))
    words = words * np.uint32(0x735A2D97)
    return words ^ (words >> np.uint32(15))
