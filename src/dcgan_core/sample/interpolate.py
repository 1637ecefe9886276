"""Walking through latent space."""

import torch
from torch import Tensor


def slerp(start: Tensor, end: Tensor, fractions: Tensor) -> Tensor:
    """Spherical interpolation between two latents (White 2016, arXiv:1609.04468).

    Args:
        start, end: nz.
        fractions: T values, 0 gives ``start`` and 1 gives ``end``.

    Returns:
        T×nz. Where the two are parallel or one is zero, the straight line, which is the limit.
    """
    lengths = start.norm() * end.norm()
    cosine = (start @ end / lengths).clamp(-1.0, 1.0) if lengths > 0 else start.new_tensor(1.0)
    angle = torch.acos(cosine)
    t = fractions.unsqueeze(1)
    if torch.sin(angle).abs() < 1e-4:
        return (1 - t) * start + t * end
    return (torch.sin((1 - t) * angle) * start + torch.sin(t * angle) * end) / torch.sin(angle)


def closed_walk(latents: Tensor, steps: int) -> Tensor:
    """A loop through all latents: legs of ``steps`` frames, the last leg back to the first.

    Args:
        latents: K×nz.

    Returns:
        (K·steps)×nz; frame 0 is the first latent, and no frame is there twice.
    """
    fractions = torch.arange(steps, dtype=latents.dtype) / steps
    following = latents.roll(-1, 0)
    legs = [slerp(a, b, fractions) for a, b in zip(latents, following, strict=True)]
    return torch.cat(legs)
