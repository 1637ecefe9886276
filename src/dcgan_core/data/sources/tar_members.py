"""The members of a tar, read forward; what is damaged or cut short never passes for a shorter one.

Python's tarfile takes a damaged header for the end. Its reading of one header is used here; the
way from one to the next, long names and the end mark follow POSIX (pax, ustar) and GNU tar.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass

from .unpacked import Damaged, Unpacked, Unsupported

BLOCK = tarfile.BLOCKSIZE
# Of a pax header or a long name. Names of files have at most 4096 bytes.
LONGEST_HEADER = 1 << 20
MOST_RECORDS = 100
# Such headers before one member; tar writes two at most.
MOST_HEADERS = 8
LONG_NAMES = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
PAX = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
WITHOUT_CONTENT = (
    tarfile.LNKTYPE,
    tarfile.SYMTYPE,
    tarfile.CHRTYPE,
    tarfile.BLKTYPE,
    tarfile.DIRTYPE,
    tarfile.FIFOTYPE,
)
RECORD = re.compile(rb"([1-9][0-9]{0,6}) ")
SIZE = re.compile(r"[0-9]{1,19}")


@dataclass
class Member:
    """One member; ``read`` gives its content until the next one is asked for."""

    name: str
    kind: bytes
    _left: int
    _stream: Unpacked

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.kind == tarfile.DIRTYPE

    @property
    def is_file(self) -> bool:
        """Whether it is a file, not a link or device."""
        return self.kind in (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)

    def read(self, count: int) -> bytes:
        """At most ``count`` bytes of its content; none at its end alone.

        Raises:
            Damaged: the archive ends before.
        """
        piece = self._stream.exactly(min(count, self._left))
        self._left -= len(piece)
        return piece


def begins_tar(block: bytes) -> bool:
    """Whether a file's first 512 bytes are those of a tar, whole or damaged."""
    if len(block) < BLOCK:
        return False
    try:
        return not any(block) or block[257:262] == b"ustar" or bool(_header(block))
    except Damaged:
        return False


def members(stream: Unpacked) -> Iterator[Member]:
    """Every member of the tar, to its end mark and to the end of the file.

    Raises:
        Damaged: a header is not whole, the end mark is missing, or something follows it.
        Unsupported: a file is stored without its holes, which only GNU tar puts back.
    """
    shared: dict[str, str] = {}
    while (member := _next(stream, shared)) is not None:
        size = member._left
        yield member
        while member.read(1 << 20):
            pass
        stream.exactly(-size % BLOCK)


def _next(stream: Unpacked, shared: dict[str, str]) -> Member | None:
    """The next member; ``shared`` holds what pax headers say of all that follow.

    Raises:
        Damaged: there is neither a whole header nor an end mark.
    """
    own: dict[str, str] = {}
    for number in range(MOST_HEADERS):
        block = stream.exactly(BLOCK)
        if not any(block):
            if number:
                raise Damaged("a long name or pax header has no member")
            _check_end(stream)
            return None
        header = _header(block)
        if header.type in LONG_NAMES:
            name = _content(stream, header).partition(b"\0")[0]
            if header.type == tarfile.GNUTYPE_LONGNAME:
                own.setdefault("path", name.decode("utf-8", "surrogateescape"))
        elif header.type == tarfile.XGLTYPE:
            shared.update(_pax(_content(stream, header)))
        elif header.type in PAX:
            own = _pax(_content(stream, header)) | own
        else:
            return _member(stream, header, shared | own)
    raise Damaged(f"more than {MOST_HEADERS} headers for one member")


def _header(block: bytes) -> tarfile.TarInfo:
    try:
        header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError) as error:
        raise Damaged(f"the header of a member: {error}") from error
    if header.size < 0:
        raise Damaged(f"the header of a member: a size of {header.size} bytes")
    return header


def _content(stream: Unpacked, header: tarfile.TarInfo) -> bytes:
    if header.size > LONGEST_HEADER:
        raise Damaged(f"a long name or pax header claims {header.size} bytes")
    return stream.exactly(header.size + -header.size % BLOCK)[: header.size]


def _pax(content: bytes) -> dict[str, str]:
    """Of the records of a pax header, ``LENGTH NAME=VALUE`` and a newline, those that count here.

    Raises:
        Damaged: it is no list of at most 100 such records.
        Unsupported: it describes a file stored without its holes.
    """
    found, at, left = {}, 0, MOST_RECORDS
    while content[at : at + 1].strip(b"\0"):
        left -= 1
        length = RECORD.match(content, at)
        end = at + int(length[1]) if length else 0
        if left < 0 or length is None or content[end - 1 : end] != b"\n" or end <= length.end():
            raise Damaged("a pax header is no list of at most 100 records")
        name, equals, value = content[length.end() : end - 1].partition(b"=")
        if not equals:
            raise Damaged("a pax header is no list of at most 100 records")
        if name.startswith(b"GNU.sparse."):
            _refuse_sparse()
        if name in (b"path", b"size"):
            found[name.decode()] = value.decode("utf-8", "surrogateescape")
        at = end
    return found


def _member(stream: Unpacked, header: tarfile.TarInfo, told: dict[str, str]) -> Member:
    if header.type == tarfile.GNUTYPE_SPARSE:
        _refuse_sparse()
    size = str(header.size) if "size" not in told else told["size"]
    if not SIZE.fullmatch(size):
        raise Damaged(f"the header of a member: a size of {size[:40]} bytes")
    bare = header.type in WITHOUT_CONTENT
    return Member(told.get("path", header.name), header.type, 0 if bare else int(size), stream)


def _refuse_sparse() -> None:
    raise Unsupported("it was packed with --sparse, which leaves holes out of files")


def _check_end(stream: Unpacked) -> None:
    """Read on after the first zero block.

    Raises:
        Damaged: no second one follows, or other bytes do.
    """
    if any(stream.exactly(BLOCK)):
        raise Damaged("a block of zeros stands where a member should")
    while block := stream.read(1 << 20):
        if block.strip(b"\0"):
            raise Damaged("more follows its end mark")
