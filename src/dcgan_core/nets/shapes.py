"""One formula for the layer shapes of both networks, at any height and width.

Halve the image until its shorter side is 4 to 7 pixels: that is the base. The
discriminator walks down the chain with kernel 4, stride 2, padding 1, which floors odd
sides; the generator walks up the same chain, with kernel 5 where the next side is odd, so
that its output has exactly the size asked for. Widths double at each halving, as in
Radford et al. 2015 (arXiv:1511.06434); at 64×64 the result is the PyTorch tutorial's pair.
"""

from dataclasses import dataclass

SMALLEST_BASE = 4


@dataclass(frozen=True)
class Chain:
    """Spatial sizes from the base to the image, and the width multiplier at each.

    Attributes:
        sizes: (height, width) pairs, base first, image last.
        multipliers: channel multiplier of every size but the last, base first.
    """

    sizes: tuple[tuple[int, int], ...]
    multipliers: tuple[int, ...]

    @property
    def base(self) -> tuple[int, int]:
        """(height, width) of the smallest feature map."""
        return self.sizes[0]


def chain(height: int, width: int, halvings: int | None = None, widest: int | None = None) -> Chain:
    """The chain of sizes from the base to an image.

    >>> chain(64, 64).sizes
    ((4, 4), (8, 8), (16, 16), (32, 32), (64, 64))
    >>> chain(157, 128).sizes
    ((4, 4), (9, 8), (19, 16), (39, 32), (78, 64), (157, 128))

    Args:
        height: of the image, in pixels, at least 8.
        width: the same.
        halvings: how often to halve at most, at least 1; the base may then be larger.
        widest: bound of the multipliers.

    Raises:
        ValueError: a side is under 8, so that no halving leaves a base of 4.
    """
    if min(height, width) < 2 * SMALLEST_BASE:
        raise ValueError(f"{height}x{width}: both sides must be at least {2 * SMALLEST_BASE}")
    sizes = [(height, width)]
    while min(sizes[-1]) >= 2 * SMALLEST_BASE and len(sizes) - 1 != halvings:
        sizes.append((sizes[-1][0] // 2, sizes[-1][1] // 2))
    multipliers = [2**i for i in reversed(range(len(sizes) - 1))]
    if widest is not None:
        multipliers = [min(multiplier, widest) for multiplier in multipliers]
    return Chain(tuple(reversed(sizes)), tuple(multipliers))
