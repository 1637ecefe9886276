"""The array file: images N×H×W×C in one ``.npy``, written as a stream and read by index."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

from ..errors import UserError, shown

DTYPES = ("uint8", "float16", "float32")
REMEDY = "Delete it and run the stage that makes it again."
# Linux moves at most this many bytes in one read.
LARGEST_READ = 0x7FFF0000


def _header(shape: tuple[int, int, int, int], dtype: np.dtype) -> bytes:
    """A ``.npy`` header; numpy pads it so that its length is the same for every N."""
    stream = BytesIO()
    description = np.lib.format.dtype_to_descr(dtype)
    np.lib.format.write_array_header_1_0(
        stream, {"descr": description, "fortran_order": False, "shape": shape}
    )
    return stream.getvalue()


class PackWriter:
    """Writes a pack row by row; what was appended is not kept in memory.

    ``path`` should be a temporary name: the file is whole only after ``close``.
    """

    def __init__(
        self, path: Path | str, height: int, width: int, channels: int, dtype: npt.DTypeLike
    ):
        self.row_shape = (height, width, channels)
        self.dtype = np.dtype(dtype)
        self.count = 0
        self._stream = open(path, "wb")  # noqa: SIM115 - closed by close()
        self._header_length = self._stream.write(_header((0, *self.row_shape), self.dtype))

    def append(self, rows: npt.NDArray) -> None:
        """Add ``rows``, n×H×W×C of the pack's dtype.

        Raises:
            ValueError: another shape or dtype.
        """
        if rows.shape[1:] != self.row_shape or rows.dtype != self.dtype:
            raise ValueError(
                f"rows are {rows.shape} {rows.dtype}, the pack holds {self.row_shape} {self.dtype}"
            )
        self._stream.write(np.ascontiguousarray(rows).data)
        self.count += len(rows)

    def close(self) -> None:
        """Write the number of rows into the header and close the file.

        Raises:
            RuntimeError: numpy is too old to leave room for that number.
        """
        header = _header((self.count, *self.row_shape), self.dtype)
        if len(header) != self._header_length:
            raise RuntimeError("this numpy does not pad .npy headers; numpy 1.24 or newer does")
        with self._stream:
            self._stream.seek(0)
            self._stream.write(header)

    def __enter__(self) -> PackWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            self._stream.close()


class Pack:
    """Random access to a pack's images.

    Reads with ``preadv`` rather than through a memory map, whose pages would count as this
    process's memory. Safe to read from several threads.

    Attributes: ``height``, ``width`` in pixels, ``channels`` (1, 3 or 4), ``dtype``.

    Raises:
        UserError: the file is missing, shorter or longer than its header says, or no pack.
    """

    def __init__(self, path: Path | str):
        self.path = Path(path)
        shape, self.dtype, self._offset = _read_header(self.path)
        self._count, self.height, self.width, self.channels = shape
        self._row_bytes = self.height * self.width * self.channels * self.dtype.itemsize
        expected = self._offset + self._count * self._row_bytes
        found = self.path.stat().st_size
        if found != expected:
            raise UserError(
                f"{self.path}: {found} bytes long, but {shown(self._count)} images make "
                f"{shown(expected)}; it is damaged. {REMEDY}"
            )
        self._file: int | None = os.open(self.path, os.O_RDONLY)

    def __len__(self) -> int:
        return self._count

    def read(
        self, indices: Sequence[int] | npt.NDArray, out: npt.NDArray | None = None
    ) -> npt.NDArray:
        """The images at ``indices``, n×H×W×C, in that order, repeats allowed.

        Args:
            indices: n row numbers, 0 to ``len`` − 1.
            out: a C-contiguous array of that shape and dtype to fill, instead of a new one.

        Raises:
            IndexError: an index below 0 or not below ``len``.
            ValueError: the pack is closed, or ``out`` has another shape, dtype or layout.
            UserError: the file became shorter since it was opened, or a value of these images is
                not a finite number.
        """
        if self._file is None:
            raise ValueError(f"{self.path}: read after close")
        rows = np.asarray(indices, dtype=np.int64)
        shape = (len(rows), self.height, self.width, self.channels)
        if out is None:
            out = np.empty(shape, self.dtype)
        elif out.shape != shape or out.dtype != self.dtype or not out.flags.c_contiguous:
            raise ValueError(
                f"out must be a C-contiguous {shape} {self.dtype}, not {out.shape} {out.dtype}"
            )
        if not len(rows):
            return out
        if rows.min() < 0 or rows.max() >= self._count:
            raise IndexError(f"{self.path} holds images 0 to {self._count - 1}")
        self._fill_rows(out.reshape(-1).view(np.uint8).data, rows)
        # The extremes are NaN where any value is.
        if self.dtype.kind == "f" and not np.isfinite([out.min(), out.max()]).all():
            raise UserError(f"{self.path}: holds values that are not finite numbers. {REMEDY}")
        return out

    def _fill_rows(self, flat: memoryview, rows: npt.NDArray[np.int64]) -> None:
        if len(rows) > 1 and np.all(np.diff(rows) == 1):
            self._fill(flat, self._offset + int(rows[0]) * self._row_bytes)
            return
        size = self._row_bytes
        offsets = (self._offset + rows * size).tolist()
        for start, offset in zip(range(0, len(flat), size), offsets, strict=True):
            self._fill(flat[start : start + size], offset)

    def _fill(self, target: memoryview, offset: int) -> None:
        assert self._file is not None
        done = os.preadv(self._file, [target[:LARGEST_READ]], offset)
        while done < len(target):
            more = os.preadv(self._file, [target[done : done + LARGEST_READ]], offset + done)
            if not more:
                raise UserError(f"{self.path}: became shorter while it was read. {REMEDY}")
            done += more

    def close(self) -> None:
        """Close the file; may be called twice."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> Pack:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _read_header(path: Path) -> tuple[tuple[int, int, int, int], np.dtype, int]:
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise ValueError("no file")
        with open(path, "rb") as stream:
            version = np.lib.format.read_magic(stream)
            if version != (1, 0):
                raise ValueError(f"npy format {version}")
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
            offset = stream.tell()
    except FileNotFoundError as error:
        raise UserError(f"{path}: not found. Run the stage that makes it first.") from error
    # The header is Python source, and numpy raises nearly anything on a bad one.
    except Exception as error:
        reason = (str(error) or type(error).__name__).splitlines()[0][:120]
        raise UserError(f"{path}: not an image pack ({reason}). {REMEDY}") from error
    if (
        len(shape) != 4
        or min(shape) < 0
        or 0 in shape[1:3]
        or fortran
        # Of this machine's byte order: another has the same name and is not equal.
        or not any(dtype == np.dtype(name) for name in DTYPES)
        or shape[3] not in (1, 3, 4)
    ):
        order = "Fortran order, " if fortran else ""
        raise UserError(
            f"{path}: holds {shown(shape)} {dtype.str}, {order}not images N×H×W×C of "
            f"{', '.join(DTYPES)}. {REMEDY}"
        )
    return shape, dtype, offset
