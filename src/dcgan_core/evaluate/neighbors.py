"""The training images nearest to some images, found in one pass over the pack.

Two spaces: pixels, where a copy is at distance 0, and the unit-length features of ``features``,
where a copy is near also when it is shifted, blurred or recoloured.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..data.pack import Pack
from ..progress import progress
from .features import extract
from .reals import Reals, read_codes

BLOCK_BYTES = 32 << 20
"""Memory for the float64 rows of one block, in pixel space."""
QUERY_ROWS = 64
FEATURE_BLOCK_ROWS = 1024
READ_ROWS = 64


@dataclass(frozen=True)
class Nearest:
    """The k nearest training images of each of Q images, nearest first.

    Attributes:
        distances: float64 Q×k.
        rows: int64 Q×k, rows of the training pack; of equal distances the first row.
        mirrored: bool Q×k, whether it is the training image's mirror image that is so near.
    """

    distances: np.ndarray
    rows: np.ndarray
    mirrored: np.ndarray

    def part(self, first: int, last: int) -> "Nearest":
        """The same of images ``first`` to ``last`` − 1."""
        span = slice(first, last)
        return Nearest(self.distances[span], self.rows[span], self.mirrored[span])


def nearest_pixels(
    queries: np.ndarray, pack: Pack | Reals, neighbors: int, block_rows: int | None = None
) -> Nearest:
    """Nearest by the root mean square difference of codes, 0 to 255; exact.

    Each training image is compared as it is and mirrored, since training may have mirrored it,
    and counts once, with the smaller distance.

    Args:
        queries: uint8 Q×H×W×C, of the pack's shape.
        pack: the training images.
        neighbors: k, 1 to the number of training images.
        block_rows: training images in memory at a time; by default as many as fit BLOCK_BYTES.

    Raises:
        ValueError: another shape than the pack's, or k out of range.
    """
    shape = (pack.height, pack.width, pack.channels)
    if queries.dtype != np.uint8 or queries.shape[1:] != shape:
        raise ValueError(f"queries are {queries.dtype} {queries.shape}, the pack's are {shape}")
    values = int(np.prod(shape))
    block_rows = block_rows or max(1, BLOCK_BYTES // (8 * values))
    plain = torch.from_numpy(np.ascontiguousarray(queries).reshape(-1, values))
    flipped = torch.from_numpy(np.ascontiguousarray(queries[:, :, ::-1]).reshape(-1, values))
    best = _Best(len(queries), neighbors, len(pack))
    with progress("nearest pixels", len(pack), "images") as bar:
        for start, codes in _blocks(pack, block_rows):
            block = torch.from_numpy(codes.reshape(-1, values)).double()
            straight, turned = _squared_codes(plain, block), _squared_codes(flipped, block)
            best.offer(torch.minimum(straight, turned), start, turned < straight)
            bar.advance(len(codes))
    return best.result(scale=values**-0.5)


def nearest_features(
    queries: np.ndarray,
    pack: Pack | Reals,
    neighbors: int,
    device: str | torch.device = "cpu",
    block_rows: int = FEATURE_BLOCK_ROWS,
) -> Nearest:
    """Nearest by the distance of features scaled to length 1, 0 to √2.

    Args:
        queries: uint8 Q×H×W×C of any H and W.
        pack: the training images, also of any H and W.
        neighbors: k, 1 to the number of training images.
        device: where the feature extractor runs.
        block_rows: training images whose features are in memory at a time.

    Raises:
        ValueError: k out of range.
        UserError: the extractor's weights are not installed.
    """
    best = _Best(len(queries), neighbors, len(pack))
    wanted = _unit(extract(queries, device))
    with progress("nearest features", len(pack), "images") as bar:
        for start in range(0, len(pack), block_rows):
            stop = min(start + block_rows, len(pack))
            codes = (part for _, part in _blocks(pack, READ_ROWS, start, stop))
            block = _unit(extract(codes, device))
            # The direct sum of squares, as products would leave 1e-8 between equal features.
            squares = torch.cdist(wanted, block, compute_mode=_DIRECT).square()
            best.offer(squares, start, torch.zeros_like(squares, dtype=torch.bool))
            bar.advance(stop - start)
    return best.result(scale=1.0)


_DIRECT = "donot_use_mm_for_euclid_dist"


class _Best:
    """The nearest rows seen so far."""

    def __init__(self, queries: int, neighbors: int, rows: int):
        if not 1 <= neighbors <= rows:
            raise ValueError(f"neighbors is {neighbors}; it must be 1 to {rows}")
        self.neighbors = neighbors
        self.squares = torch.empty(queries, 0, dtype=torch.float64)
        self.rows = torch.empty(queries, 0, dtype=torch.int64)
        self.mirrored = torch.empty(queries, 0, dtype=torch.bool)

    def offer(self, squares: Tensor, start: int, mirrored: Tensor) -> None:
        """Q×B squared distances to training rows ``start`` to ``start`` + B − 1."""
        rows = torch.arange(start, start + squares.shape[1]).expand(len(squares), -1)
        # Stable, with earlier rows in front, so that blocks of any length give the same answer.
        joined, order = torch.cat([self.squares, squares], 1).sort(dim=1, stable=True)
        order = order[:, : self.neighbors]
        self.squares = joined[:, : self.neighbors].clone()
        self.rows = torch.cat([self.rows, rows], 1).gather(1, order)
        self.mirrored = torch.cat([self.mirrored, mirrored], 1).gather(1, order)

    def result(self, scale: float) -> Nearest:
        """What was found, distances multiplied by ``scale``."""
        distances = self.squares.sqrt().numpy() * scale
        return Nearest(distances, self.rows.numpy(), self.mirrored.numpy())


def _blocks(
    pack: Pack | Reals, rows: int, first: int = 0, last: int | None = None
) -> Iterator[tuple[int, np.ndarray]]:
    last = len(pack) if last is None else last
    for start in range(first, last, rows):
        yield start, read_codes(pack, range(start, min(start + rows, last)))


def _squared_codes(queries: Tensor, block: Tensor) -> Tensor:
    """Q×B squared distances; exact, for all sums are whole numbers far below 2⁵³."""
    norms = block.square().sum(dim=1)
    parts = []
    for part in queries.split(QUERY_ROWS):
        part = part.double()
        both = part.square().sum(dim=1)[:, None] + norms
        parts.append(torch.addmm(both, part, block.T, alpha=-2))
    return torch.cat(parts)


def _unit(features: np.ndarray) -> Tensor:
    return torch.nn.functional.normalize(torch.from_numpy(features).double(), dim=1)
