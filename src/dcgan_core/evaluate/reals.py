"""Real images for scoring, as uint8 codes whatever the pack's dtype."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ..data.codes import array_to_codes
from ..data.pack import Pack


def read_codes(pack: Pack, rows: Sequence[int] | npt.NDArray) -> np.ndarray:
    """uint8 n×H×W×C of those rows; a pack's floats in [-1,1] are mapped back."""
    return array_to_codes(pack.read(rows))


def choose_rows(count: int, most: int, seed: int) -> npt.NDArray[np.int64]:
    """At most ``most`` of ``count`` rows, chosen by ``seed``, in order."""
    return np.sort(np.random.default_rng(seed).permutation(count)[:most])


def row_batches(
    pack: Pack, rows: npt.NDArray[np.int64], batch_size: int = 64
) -> Iterator[np.ndarray]:
    """The images of those rows, uint8 n×H×W×C, a batch at a time."""
    for start in range(0, len(rows), batch_size):
        yield read_codes(pack, rows[start : start + batch_size])


def code_batches(pack: Pack, most: int, seed: int, batch_size: int = 64) -> Iterator[np.ndarray]:
    """At most ``most`` images of the pack, chosen by ``seed``, a batch at a time."""
    return row_batches(pack, choose_rows(len(pack), most, seed), batch_size)
