"""Walking through latent space."""

import math

import torch
from torch import Tensor

STRAIGHT = 1e-6
"""Sine of the angle below which two float32 latents count as lying on one line."""


def slerp(start: Tensor, end: Tensor, fractions: Tensor) -> Tensor:
    """Spherical interpolation between two latents (White 2016, arXiv:1609.04468).

    Args:
        start: nz.
        end: nz.
        fractions: T values, 0 gives ``start`` and 1 gives ``end``.

    Returns:
        T×nz of ``start``'s dtype, computed in float64. Where the two point the same way or one
        is zero, the straight line, which is the limit. Where they point in opposite ways, of
        all half circles the one towards the axis that ``start`` lies farthest from, so that the
        walk keeps clear of the origin; with nz = 1 there is none, and the line is all there is.
    """
    a, b = start.double(), end.double()
    t = fractions.double().unsqueeze(1)
    return _slerp(a, b, t).to(start.dtype)


def _slerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    line = (1 - t) * a + t * b
    if not a.norm() or not b.norm():
        return line
    u, v = a / a.norm(), b / b.norm()
    # Exact at all angles, where arccos loses half its digits near 0 and π (Kahan 2006).
    angle = 2 * torch.atan2((u - v).norm(), (u + v).norm())
    if torch.sin(angle) > STRAIGHT:
        return (torch.sin((1 - t) * angle) * a + torch.sin(t * angle) * b) / torch.sin(angle)
    if angle < math.pi / 2 or len(a) == 1:
        return line
    axis = torch.zeros_like(u)
    axis[u.abs().argmin()] = 1.0
    aside = axis - (axis @ u) * u
    turn = math.pi * t
    direction = torch.cos(turn) * u + torch.sin(turn) * aside / aside.norm()
    return ((1 - t) * a.norm() + t * b.norm()) * direction


def closed_walk(latents: Tensor, steps: int) -> Tensor:
    """A loop through all latents: legs of ``steps`` frames, the last leg back to the first.

    Args:
        latents: K×nz.
        steps: frames of a leg, at least 1.

    Returns:
        (K·steps)×nz; frame 0 is the first latent, and no frame is there twice.
    """
    fractions = torch.arange(steps, dtype=latents.dtype) / steps
    following = latents.roll(-1, 0)
    legs = [slerp(a, b, fractions) for a, b in zip(latents, following, strict=True)]
    return torch.cat(legs)


def circle_walk(start: Tensor, toward: Tensor, steps: int) -> Tensor:
    """A great circle through ``start``: cos t · a + sin t · b, all the way round.

    Unlike a walk from latent to latent it has no corners, and every frame is as far from the
    origin as ``start`` is, where the generator was trained.

    Args:
        start: nz, the a of the formula.
        toward: nz; b is its part across ``start``, scaled to the same length.
        steps: frames of one round, at least 1.

    Returns:
        steps×nz of ``start``'s dtype, evenly spaced; frame 0 is ``start``, and the frame that
        would follow the last is frame 0 again.

    Raises:
        ValueError: the two lie on one line through the origin, so that they span no circle.
    """
    a, b = start.double(), toward.double()
    across = b - (b @ a) / (a @ a).clamp_min(torch.finfo(a.dtype).tiny) * a
    if not a.norm() or across.norm() <= STRAIGHT * b.norm():
        raise ValueError("a circle needs two latents that are not on one line through the origin")
    b = across * (a.norm() / across.norm())
    turn = (torch.arange(steps, dtype=a.dtype) * (2 * math.pi / steps)).unsqueeze(1)
    return (torch.cos(turn) * a + torch.sin(turn) * b).to(start.dtype)
