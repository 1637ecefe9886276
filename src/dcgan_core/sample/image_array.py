"""Samples as one array in a file of NumPy's, written block by block."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from ..files import writing
from ..nets import Generator
from ..progress import progress
from .series import Series

IMAGES, LABELS, NAMES = "arr_0", "arr_1", "classes"
"""As in the archives that published FID code reads (guided-diffusion's evaluator); the third is
ours."""


def write_array(target: Path, series: Series, count: int) -> None:
    """Write samples 0 to ``count`` − 1 as an uncompressed ``.npz``.

    It has ``arr_0``, uint8 N×H×W×C, and of a conditional generator ``arr_1``, int64 N, the class
    of each, and ``classes``, their names. Memory does not grow with N.

    Args:
        target: the file, which gets its name when it is whole.
        series: the samples.
        count: how many, at least 1.

    Raises:
        UserError: as :func:`~.files.writing`.
    """
    generator = series.generator
    shape = (count, generator.height, generator.width, generator.channels)
    with (
        writing(target, int(np.prod(shape))) as part,
        zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive,
        progress("sample", count, "images") as bar,
    ):
        with archive.open(_member(IMAGES), "w", force_zip64=True) as stream:
            header = {"descr": "|u1", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(stream, header)
            for _, images in series.blocks(0, count):
                stream.write(images.tobytes())
                bar.advance(len(images))
        labels = series.classes(range(count))
        if labels is not None:
            _write_classes(archive, generator, labels.numpy())


def _write_classes(archive: zipfile.ZipFile, generator: Generator, labels: np.ndarray) -> None:
    for name, array in ((LABELS, labels), (NAMES, np.array(generator.classes.names))):
        with archive.open(_member(name), "w") as stream:
            np.lib.format.write_array(stream, array, allow_pickle=False)


def _member(name: str) -> zipfile.ZipInfo:
    # With a date of its own, the earliest there is, the same samples would not be the same bytes.
    return zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
