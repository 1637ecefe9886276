"""The bytes of a file, as they are or out of gzip, bzip2 or xz: read forward, to a checked end."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import IO, Protocol

BLOCK_BYTES = 1 << 18
# Of an xz file, whose header may ask for gigabytes; "xz -9" takes 65 MiB.
MOST_MEMORY = 512 << 20
NO_CHECK_FORMAT = b"\x5d\0\0"
"""How a file of the old format .lzma begins, which has no checksum."""


class Damaged(Exception):
    """An archive is not as it was made; says how."""


class Unsupported(Exception):
    """An archive may be whole, and this program cannot unpack it; says why."""


class Decoder(Protocol):
    """What the decompressors of bz2 and lzma have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    @property
    def needs_input(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Gzip:
    """zlib's decompressor in that form; it checks header, CRC and length of a gzip stream."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        content = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        self.needs_input = not self._inner.unconsumed_tail and len(content) < max_length
        return content


def _xz() -> Decoder:
    return lzma.LZMADecompressor(memlimit=MOST_MEMORY)


DECODERS: dict[bytes, Callable[[], Decoder]] = {
    b"\x1f\x8b": _Gzip,
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\0": _xz,
    NO_CHECK_FORMAT: _xz,
}
"""By how a compressed file begins."""


class Unpacked:
    """A file's content, decompressed if its first bytes are those of a compressed file.

    Several compressed streams one after another count as one, as gzip, bzip2 and xz have it.

    Args:
        file: open for reading, at its start.
        spend: called with the length of each piece that is unpacked; raises to stop.
    """

    def __init__(self, file: IO[bytes], spend: Callable[[int], None]):
        self._file, self._spend = file, spend
        self._packed = file.read(BLOCK_BYTES)
        self._content = b""
        self._at = 0
        self._start = next((start for start in DECODERS if self._packed.startswith(start)), b"")
        self._decoder = DECODERS[self._start]() if self._start else None

    @property
    def compressed(self) -> bool:
        """Whether the file is a compressed one."""
        return self._decoder is not None

    def read(self, count: int) -> bytes:
        """At most ``count`` bytes; none at the end of the file alone.

        Raises:
            Damaged: a checksum is wrong, or the file is cut short.
            Unsupported: decompressing takes too much memory.
        """
        if self._at == len(self._content):
            self._content, self._at = self._more(), 0
            self._spend(len(self._content))
        piece = self._content[self._at : self._at + count]
        self._at += len(piece)
        return piece

    def peek(self, count: int) -> bytes:
        """The next ``count`` bytes, fewer at the end of the file, which stay to be read."""
        while len(self._content) - self._at < count and (more := self._more()):
            self._spend(len(more))
            self._content, self._at = self._content[self._at :] + more, 0
        return self._content[self._at : self._at + count]

    def exactly(self, count: int) -> bytes:
        """The next ``count`` bytes.

        Raises:
            Damaged: there are not so many, or as for ``read``.
        """
        pieces = []
        while count:
            if not (piece := self.read(count)):
                raise Damaged("cut short: it ends before its end mark")
            pieces.append(piece)
            count -= len(piece)
        return b"".join(pieces)

    def _more(self) -> bytes:
        if self._decoder is None:
            return self._take()
        try:
            return self._decompressed()
        except (zlib.error, lzma.LZMAError, EOFError, OSError, ValueError) as error:
            # Decompressors raise OSError without a number; those with one come from the system.
            if isinstance(error, OSError) and error.errno is not None:
                raise
            if "memory" in str(error).lower():
                raise Unsupported(
                    f"it takes more than {MOST_MEMORY >> 20} MiB of memory"
                ) from error
            raise Damaged(str(error)) from error

    def _decompressed(self) -> bytes:
        while True:
            assert self._decoder is not None
            if self._decoder.eof and not self._next_stream(self._decoder.unused_data):
                return b""
            packed = self._take() if self._decoder.needs_input else b""
            if self._decoder.needs_input and not packed:
                raise Damaged("cut short: its compressed data have no end")
            if content := self._decoder.decompress(packed, BLOCK_BYTES):
                return content

    def _next_stream(self, rest: bytes) -> bool:
        """Begin the stream that follows, if there is one; zeros may stand between.

        Raises:
            Damaged: something else follows.
        """
        self._packed, rest = b"", rest.lstrip(b"\0")
        while len(rest) < len(self._start) and (packed := self._take()):
            rest = (rest + packed).lstrip(b"\0")
        if rest and not rest.startswith(self._start):
            raise Damaged("other bytes follow the end of its compressed data")
        self._packed = rest
        if rest:
            self._decoder = DECODERS[self._start]()
        return bool(rest)

    def _take(self) -> bytes:
        packed, self._packed = self._packed or self._file.read(BLOCK_BYTES), b""
        return packed
