"""Real images for scoring, as uint8 codes whatever the pack's dtype."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..data.alpha import CHANNELS, composited
from ..data.codes import array_to_codes
from ..data.pack import Pack
from ..errors import UserError, shown
from ..records import read_json

REMEDY = "Run the normalize stage again."


class Reals:
    """A split's images as scores see them: those with alpha on the background.

    Attributes:
        path: of the split's pack.
        height: in pixels.
        width: likewise.
        channels: 1 or 3.
        background: ``"#rrggbb"``, or None where images have no alpha.

    Raises:
        UserError: the pack is missing or damaged, or its folder does not say the background.
    """

    def __init__(self, path: Path):
        self.path = path
        self._pack = Pack(path)
        self.height, self.width = self._pack.height, self._pack.width
        self.background = _background(path.parent) if self._pack.channels == CHANNELS else None
        self.channels = 3 if self.background else self._pack.channels

    def __len__(self) -> int:
        return len(self._pack)

    def read(self, rows: Sequence[int] | npt.NDArray) -> npt.NDArray[np.uint8]:
        """uint8 n×H×W×C of those rows; raises as :meth:`~.pack.Pack.read`."""
        return composited(read_codes(self._pack, rows), self.background)

    def __enter__(self) -> "Reals":
        return self

    def __exit__(self, *_: object) -> None:
        self._pack.close()


def _background(normalized: Path) -> str:
    path = normalized / "normalization.json"
    colour = read_json(path, {"background": str}, REMEDY)["background"]
    if not re.fullmatch("#[0-9a-fA-F]{6}", colour):
        raise UserError(f"{path}: background {shown(colour)} is not #rrggbb. {REMEDY}")
    return colour


def background_of(normalized: Path) -> str | None:
    """What a run's images are seen on by its scores, ``"#rrggbb"``; None where they have no alpha.

    Args:
        normalized: the folder of splits.

    Raises:
        UserError: as :class:`Reals`.
    """
    with Reals(normalized / "train.npy") as train:
        return train.background


def source_of(normalized: Path) -> str:
    """The choice of ``download.source`` that a run's images come from.

    Args:
        normalized: the folder of splits.

    Raises:
        UserError: its record is missing or damaged.
    """
    return read_json(normalized / "normalization.json", {"source": str})["source"]


def read_codes(pack: Pack | Reals, rows: Sequence[int] | npt.NDArray) -> np.ndarray:
    """uint8 n×H×W×C of those rows; a pack's floats in [-1,1] are mapped back."""
    return array_to_codes(pack.read(rows))


def choose_rows(count: int, most: int, seed: int) -> npt.NDArray[np.int64]:
    """At most ``most`` of ``count`` rows, chosen by ``seed``, in order."""
    return np.sort(np.random.default_rng(seed).permutation(count)[:most])


def row_batches(
    pack: Pack | Reals, rows: npt.NDArray[np.int64], batch_size: int = 64
) -> Iterator[np.ndarray]:
    """The images of those rows, uint8 n×H×W×C, a batch at a time."""
    for start in range(0, len(rows), batch_size):
        yield read_codes(pack, rows[start : start + batch_size])


def code_batches(
    pack: Pack | Reals, most: int, seed: int, batch_size: int = 64
) -> Iterator[np.ndarray]:
    """At most ``most`` images of the pack, chosen by ``seed``, a batch at a time."""
    return row_batches(pack, choose_rows(len(pack), most, seed), batch_size)
