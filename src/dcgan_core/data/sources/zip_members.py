"""The members of a zip, in bounded memory; every fault that zipfile knows by many names, by two."""

from __future__ import annotations

import bz2
import copy
import errno
import io
import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .collect import Readable
from .unpacked import BLOCK_BYTES, MOST_MEMORY, Damaged, Decoder, Unsupported

# zipfile reads a zip's directory at once and makes an object of some 600 bytes for each entry,
# which has at least 46 bytes in it and seldom fewer than 100.
LARGEST_DIRECTORY = 128 << 20
# The end record with the longest comment, and before it the two of large zips.
LARGEST_END = (1 << 16) + 22 + 20 + 56
# A link's content is the path it leads to, in which there are no zero bytes.
LONGEST_LINK = 4096
FILE, LINK = stat.S_IFREG, stat.S_IFLNK
OTHERS = (stat.S_IFIFO, stat.S_IFCHR, stat.S_IFDIR, stat.S_IFBLK, stat.S_IFSOCK)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (NotImplementedError, RuntimeError) as error:
        raise Unsupported(str(error)) from error
    except MemoryError as error:
        raise Unsupported("it takes more memory than there is") from error
    except OSError as error:
        # Decompressors raise it without a number; a place outside the file is "invalid".
        if error.errno not in (None, errno.EINVAL):
            raise
        raise Damaged(str(error)) from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        OverflowError,
        ValueError,
        struct.error,
    ) as error:
        raise Damaged(str(error) or "cut short") from error


class _File(io.BufferedReader):
    """A zip's file, from which no directory is read that takes too much memory."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > LARGEST_DIRECTORY:
            raise Unsupported(f"its directory has {size} bytes, more than {LARGEST_DIRECTORY}")
        return super().read(size)


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The zip with its directory read.

    Raises:
        Damaged: the directory is not whole.
        Unsupported: it is too large, or of a kind that zipfile does not know.
    """
    with _File(io.FileIO(path)) as file:
        with _told():
            archive = zipfile.ZipFile(file)
            _check_count(archive, path)
        with archive:
            yield archive


def _check_count(archive: zipfile.ZipFile, path: Path) -> None:
    """Compare the directory with its end record, which zipfile does not do.

    Raises:
        Damaged: entries are missing, as behind a damaged length.
    """
    with open(path, "rb") as file:
        file.seek(max(0, file.seek(0, io.SEEK_END) - LARGEST_END))
        tail = file.read()
    end = tail.rfind(b"PK\5\6")
    (claimed,) = struct.unpack_from("<H", tail, end + 10)
    found = len(archive.infolist())
    large = tail.rfind(b"PK\6\6", 0, end) if claimed == 0xFFFF else -1
    if large >= 0:
        (claimed,) = struct.unpack_from("<Q", tail, large + 32)
    # Without the large record, programs write as much of the count as there is room for.
    elif claimed < 0xFFFF:
        found &= 0xFFFF
    if found != claimed:
        raise Damaged(f"its directory has {found} entries, and its end speaks of {claimed}")


def is_other_kind(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """Whether a member is a link or device, not a file.

    Raises:
        Damaged: it is of no kind that there is, or has what none of its kind has.
    """
    kind = member.external_attr >> 16 & 0o170000
    if member.create_system != 3 or kind in (0, FILE):
        return False
    if kind == LINK and member.file_size <= LONGEST_LINK:
        as_told = b"\0" not in Content(archive, member).read(LONGEST_LINK)
    else:
        as_told = kind in OTHERS and member.file_size == 0
    if not as_told:
        raise Damaged(f"{member.filename!r} is neither a file nor a link nor a device")
    return True


def _lzma(packed: Readable) -> Decoder:
    """A decompressor as the head of a member says: version, a length, and LZMA's properties.

    Raises:
        Unsupported: it takes too much memory.
    """
    _, length, properties, dictionary = struct.unpack("<2sHBL", packed.read(9))
    if length != 5 or dictionary > MOST_MEMORY:
        raise Unsupported(f"LZMA with a dictionary of {dictionary} bytes")
    chain = {
        "id": lzma.FILTER_LZMA1,
        "lc": properties % 9,
        "lp": properties // 9 % 5,
        "pb": properties // 45,
        "dict_size": dictionary,
    }
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[chain])


DECODERS: dict[int, Callable[[Readable], Decoder]] = {
    zipfile.ZIP_BZIP2: lambda packed: bz2.BZ2Decompressor(),
    zipfile.ZIP_LZMA: _lzma,
}


class _Decompressed:
    """A bzip2 or LZMA member in bounded pieces; zipfile would unpack gigabytes for one call."""

    def __init__(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo):
        as_stored = copy.copy(member)
        as_stored.compress_type = zipfile.ZIP_STORED
        as_stored.file_size = member.compress_size
        # zipfile checks none then. The right one is that of what is unpacked.
        as_stored.CRC = None  # type: ignore[assignment]
        self._packed = archive.open(as_stored)
        self._decoder = DECODERS[member.compress_type](self._packed)
        self._left, self._claimed, self._crc = member.file_size, member.CRC, 0

    def read(self, count: int) -> bytes:
        pieces, count = [], min(count, self._left)
        while count and not self._decoder.eof:
            packed = self._packed.read(BLOCK_BYTES) if self._decoder.needs_input else b""
            if self._decoder.needs_input and not packed:
                break
            pieces.append(self._decoder.decompress(packed, count))
            count -= len(pieces[-1])
        piece = b"".join(pieces)
        self._crc = zlib.crc32(piece, self._crc)
        self._left -= len(piece)
        if not self._left and self._crc != self._claimed:
            raise zipfile.BadZipFile("the CRC of a member is another")
        return piece


class Content:
    """What is in a member; at its end its CRC and its length have been checked."""

    def __init__(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo):
        with _told():
            packed = member.compress_type in DECODERS
            self._stream: Readable = (
                _Decompressed(archive, member) if packed else archive.open(member)
            )
        self._member, self._left = member, member.file_size

    def read(self, count: int) -> bytes:
        """At most ``count`` bytes; none at the end alone.

        Raises:
            Damaged: its CRC or its length is another.
        """
        with _told():
            piece = self._stream.read(count)
        self._left -= len(piece)
        if not piece and count and self._left:
            raise Damaged(f"{self._member.filename!r} is cut short")
        return piece
