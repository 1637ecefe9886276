"""Archives in memory, and single tar headers that say whatever they are told to."""

from __future__ import annotations

import io
import tarfile
import zipfile

from samples import picture

MEMBERS = {f"d{number // 10}/{number}.png": picture() for number in range(40)}
END = bytes(1024)


def tar(members: dict[str, bytes] = MEMBERS, form: int = tarfile.PAX_FORMAT) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def zipped(members: dict[str, bytes] = MEMBERS, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def header(name: str = "a.png", size: int | bytes = 0, kind: bytes = tarfile.REGTYPE) -> bytes:
    """One tar header with a right checksum, whatever its size field says."""
    member = tarfile.TarInfo(name)
    member.type = kind
    block = bytearray(member.tobuf(tarfile.GNU_FORMAT)[:512])
    block[124:136] = size if isinstance(size, bytes) else b"%011o\0" % size
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def pax(*records: bytes, size: int | None = None, kind: bytes = tarfile.XHDTYPE) -> bytes:
    content = b"".join(records)
    padding = bytes(-len(content) % 512)
    return header("p", len(content) if size is None else size, kind) + content + padding
