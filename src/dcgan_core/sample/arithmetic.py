"""Vector arithmetic on latents: smiling woman − woman + man (Radford et al. 2015, section 6.3.2).

One latent's image holds much besides the thing meant, so each term is the mean of several
latents whose images have that thing in common.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .latents import draw_latents

_AROUND_STREAM = 0x6172
"""Keeps the noise apart from the latents of the same seed, which the center is made of."""


@dataclass(frozen=True)
class Sum:
    """A − B + C and what it was made of.

    Attributes:
        members: for each of A, B and C its latents, k×nz.
        means: 3×nz, the means of A, B and C.
        result: nz, exactly mean A − mean B + mean C, not scaled back to any length.
    """

    members: tuple[Tensor, Tensor, Tensor]
    means: Tensor
    result: Tensor


def vector_sum(latents: Tensor, a: Sequence[int], b: Sequence[int], c: Sequence[int]) -> Sum:
    """mean(latents[a]) − mean(latents[b]) + mean(latents[c]).

    With k latents in each, the result has √(3/k) times a latent's usual length: three in each,
    as in the paper, bring it to where the generator was trained.

    Args:
        latents: N×nz.
        a: rows of ``latents``, at least one, repeats allowed.
        b: the same.
        c: the same.

    Raises:
        ValueError: no rows.
        IndexError: a row that is not there.
    """
    if not (a and b and c):
        raise ValueError("each of A, B and C needs at least one latent")
    members = (latents[list(a)], latents[list(b)], latents[list(c)])
    means = torch.stack([group.mean(0) for group in members])
    return Sum(members, means, means[0] - means[1] + means[2])


def samples_around(center: Tensor, count: int, spread: float, seed: int) -> Tensor:
    """count×nz: ``center`` plus normal noise of standard deviation ``spread``.

    The paper adds uniform noise of ±0.25 to latents uniform in ±1, a quarter of their spread;
    for standard normal latents that is a ``spread`` of 0.25.
    """
    return center + spread * draw_latents(count, len(center), seed ^ _AROUND_STREAM)
