"""Small versions of images, on which copies are looked for: near for a copy, cheap for any size."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..data.pack import Pack
from .reals import Reals, read_codes

SIDE = 16
READ_ROWS = 1024


def thumbnails(codes: np.ndarray) -> Tensor:
    """Averages over a grid of at most 16×16 parts.

    Args:
        codes: uint8 N×H×W×C.

    Returns:
        float32 N×C×h×w, 0 to 255, on the CPU.
    """
    sides = (min(SIDE, codes.shape[1]), min(SIDE, codes.shape[2]))
    pixels = torch.from_numpy(np.ascontiguousarray(codes)).permute(0, 3, 1, 2).float()
    return F.adaptive_avg_pool2d(pixels, sides)


def thumbnails_of(pack: Pack | Reals) -> Tensor:
    """Those of all images of a pack, in order."""
    starts = range(0, len(pack), READ_ROWS)
    return torch.cat(
        [
            thumbnails(read_codes(pack, range(start, min(start + READ_ROWS, len(pack)))))
            for start in starts
        ]
    )


def nearest_thumbnails(queries: Tensor, others: Tensor, mirrored: bool = True) -> tuple:
    """The nearest of ``others`` to each query.

    Args:
        queries: Q×C×h×w.
        others: N×C×h×w.
        mirrored: whether a query may be turned left to right, as training turns images.

    Returns:
        Root mean square differences, float64 of length Q, 0 to 255; and rows of ``others``.
    """
    values = queries[0].numel()
    shapes = [queries, queries.flip(3)] if mirrored else [queries]
    squares = torch.full((len(queries),), torch.inf, dtype=torch.float64)
    rows = torch.zeros(len(queries), dtype=torch.int64)
    for start in range(0, len(others), READ_ROWS):
        block = others[start : start + READ_ROWS].reshape(-1, values).double()
        norms = block.square().sum(dim=1)
        for shape in shapes:
            flat = shape.reshape(-1, values).double()
            both = torch.addmm(flat.square().sum(dim=1)[:, None] + norms, flat, block.T, alpha=-2)
            least, places = both.min(dim=1)
            nearer = least < squares
            squares = torch.where(nearer, least, squares)
            rows = torch.where(nearer, places + start, rows)
    return (squares.clamp_(min=0) / values).sqrt().numpy(), rows.numpy()


def nearest_others(images: Tensor) -> tuple:
    """The nearest other of the same set to each; returns as :func:`nearest_thumbnails`."""
    values = images[0].numel()
    flat = images.reshape(-1, values).double()
    norms = flat.square().sum(dim=1)
    squares = torch.addmm(norms[:, None] + norms, flat, flat.T, alpha=-2)
    squares.fill_diagonal_(torch.inf)
    least, rows = squares.min(dim=1)
    return (least.clamp_(min=0) / values).sqrt().numpy(), rows.numpy()
