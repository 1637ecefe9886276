"""Layouts of the published systems, as departures from the one shape formula."""

from dataclasses import dataclass

from .shapes import Chain, chain

CONSTANT_KERNEL = 5


@dataclass(frozen=True)
class Family:
    """What sets a system's two networks apart.

    Attributes:
        doublings: halve at most so often; None until the shorter side is 4 to 7.
        widening: the generator's widths are this many times as large.
        widest: no layer has more than this multiple of ngf or ndf; None for no bound.
        linear: the base comes from a linear layer with bias, without norm or activation.
        constant_kernels: kernel 5 at every doubling of a side that ends odd, where that fits.
        final_convolution: the image comes from an ordinary 3×3 convolution after the last
            doubling.
        biases: a bias in each layer that no norm with a shift of its own follows. Without any, the
            logits of c·x are c times those of x, and grey images score 0 whatever is learnt.
    """

    doublings: int | None = None
    widening: int = 1
    widest: int | None = None
    linear: bool = False
    constant_kernels: bool = False
    final_convolution: bool = False
    biases: bool = False

    def chain(self, height: int, width: int) -> Chain:
        """The sizes between base and image, with the family's multipliers."""
        return chain(height, width, self.doublings, self.widest)


FAMILIES = {
    "auto": Family(biases=True),
    "fine": Family(final_convolution=True, biases=True),
    "tutorial": Family(doublings=4),
    "extra-block": Family(doublings=5),
    "rectangular": Family(widest=8, linear=True, constant_kernels=True),
    "wide": Family(widening=2, biases=True),
    "flowers": Family(final_convolution=True),
    "mnist": Family(doublings=2),
}


@dataclass(frozen=True)
class Doubling:
    """One transposed convolution of stride 2: (height, width) each."""

    kernel: tuple[int, int]
    padding: tuple[int, int]
    target: tuple[int, int]


def doublings(sizes: tuple[tuple[int, int], ...], constant_kernels: bool) -> list[Doubling]:
    """The transposed convolutions that lead from ``sizes[0]`` to ``sizes[-1]``.

    >>> [d.target for d in doublings(Family().chain(157, 128).sizes, constant_kernels=True)]
    [(9, 8), (19, 16), (39, 32), (79, 64), (157, 128)]
    """
    sides = [_side([size[axis] for size in sizes], constant_kernels) for axis in (0, 1)]
    return [
        Doubling(*((h, w) for h, w in zip(*layer, strict=True)))
        for layer in zip(*sides, strict=True)
    ]


def _side(sides: list[int], constant_kernels: bool) -> list[tuple[int, int, int]]:
    """(kernel, padding, target) of every doubling along one side."""
    if constant_kernels and sides[-1] % 2:
        for last_padding in (1, 2):
            found, side = [], sides[0]
            for index in range(len(sides) - 1):
                padding = last_padding if index == len(sides) - 2 else 1
                side = 2 * (side - 1) - 2 * padding + CONSTANT_KERNEL
                found.append((CONSTANT_KERNEL, padding, side))
            if side == sides[-1]:
                return found
    return [(4 + target % 2, 1, target) for target in sides[1:]]
