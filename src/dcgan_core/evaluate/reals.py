"""Real images for scoring, as uint8 codes whatever the pack's dtype."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ..data.codes import array_to_codes
from ..data.pack import Pack


def read_codes(pack: Pack, rows: Sequence[int] | npt.NDArray) -> np.ndarray:
    """uint8 n×H×W×C of those rows; a pack's floats in [-1,1] are mapped back."""
    return array_to_codes(pack.read(rows))


def code_batches(pack: Pack, most: int, seed: int, batch_size: int = 64) -> Iterator[np.ndarray]:
    """At most ``most`` images of the pack, chosen by ``seed``, a batch at a time."""
    order = np.random.default_rng(seed).permutation(len(pack))[:most]
    for start in range(0, len(order), batch_size):
        yield read_codes(pack, np.sort(order)[start : start + batch_size])
