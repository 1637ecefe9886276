"""Images from a zip or tar, local or downloaded, unpacked without trusting it."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ...errors import UserError
from ...progress import progress
from ..manifest import Manifest
from ..walk import is_litter, open_source
from .collect import Collector
from .web import MAGIC, download, verify, web_page_note

if TYPE_CHECKING:
    from ...params import Download

REMEDY = "Name an archive with images as download.path or download.url in params.yaml."
UNREACHABLE = (
    "Check the address and the connection, or fetch it by hand and name it as download.path."
)
OTHER_HASH = (
    "download.sha256 in params.yaml is what is expected: if you trust this file, write its hash "
    "there; otherwise get the right one, whose address may need a login."
)
# Images hardly compress; what unpacks to far more than its own size is made to fill disks.
SAFE_BYTES = 2 << 30
LARGEST_RATIO = 50


Picker = Callable[[list[str]], Collection[str]]
"""From the names of all members, those to take."""


def fill(folder: Path, params: Download, downloads: Path) -> Manifest:
    """Unpack what looks like an image to ``folder/images``, keeping relative names.

    The archive is a zip or tar: ``url`` (http, https or file) or, where that is empty, ``path``.

    Raises:
        UserError: not found, unreachable, another hash, no archive, damaged, encrypted,
            unsafe, or without images.
    """
    url, sha256 = params.url, params.sha256
    name = url or params.path
    checksum = f"sha256:{sha256}"
    if url and urlsplit(url).scheme != "file":
        local = downloads / f"archive-{sha256}"
        download(url, local, checksum, "archive with a url", (UNREACHABLE, OTHER_HASH))
    else:
        local = Path(url2pathname(urlsplit(url).path) if url else name)
        _check_local(local, name)
        if sha256:
            verify(local, name, checksum, OTHER_HASH)
    collector = Collector(folder, "archive", name)
    unpack(local, name, collector)
    return collector.finish(REMEDY)


def _check_local(local: Path, name: str) -> None:
    if not local.is_file():
        problem = (
            "a folder, not an archive (source: folder takes it)" if local.is_dir() else "not found"
        )
        raise UserError(f"{name}: {problem}. {REMEDY}")
    open_source(local).close()


def unpack(local: Path, name: str, collector: Collector, picker: Picker | None = None) -> None:
    """Give the members of a zip or tar to ``collector``.

    Args:
        local: the archive's file.
        name: what messages call the archive.
        collector: takes the members that look like images, and notes why the rest are left.
        picker: chooses among the members' names; all are taken without it.

    Raises:
        UserError: no archive, damaged, encrypted or unsafe.
    """
    with _damage_told(name):
        # Tar first: a tar whose last member is a zip would pass for a zip.
        if tarfile.is_tarfile(local):
            _untar(local, name, collector, picker)
        elif zipfile.is_zipfile(local):
            _unzip(local, name, collector, picker)
        else:
            raise UserError(f"{name}: {_what_else(local)}. {REMEDY}")


def _what_else(local: Path) -> str:
    with open(local, "rb") as stream:
        head = stream.read(6)
    if head.startswith(tuple(MAGIC)):
        return "damaged archive (cut short?), or a compressed file without a tar in it"
    return f"neither a zip nor a tar{web_page_note(local)}"


@contextmanager
def _damage_told(name: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError) as error:
        raise UserError(f"{name}: damaged archive ({error}). Get it again.") from error
    except OSError as error:
        # Decompressors raise OSError without a number; those with one come from the system.
        if error.errno is not None:
            raise
        raise UserError(f"{name}: damaged archive ({error}). Get it again.") from error
    except (NotImplementedError, RuntimeError) as error:
        raise UserError(
            f"{name}: cannot be unpacked ({error}). Unpack it yourself and use source: folder."
        ) from error


def _safe_name(member: str, archive: str) -> str | None:
    """The member's relative name; None for hidden and system files.

    Raises:
        UserError: it would be written outside the target.
    """
    parts = PurePosixPath(member.replace("\\", "/")).parts
    if ".." in parts or (parts and (parts[0] == "/" or parts[0].endswith(":"))):
        raise UserError(
            f"{archive}: refused, for its member {member!r} would be written outside the target "
            "folder. Do not trust this archive."
        )
    if not parts or any(is_litter(part) for part in parts):
        return None
    return "/".join(parts)


class _Allowance:
    """Counts unpacked bytes against what an archive of this size may hold."""

    def __init__(self, local: Path, name: str):
        self._name = name
        self._left = max(SAFE_BYTES, LARGEST_RATIO * local.stat().st_size)

    def spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise UserError(
                f"{self._name}: refused, for it unpacks to more than {LARGEST_RATIO} times "
                "its size, as archives made to fill disks do. If you trust it, unpack it yourself "
                "and use source: folder."
            )


def _unzip(local: Path, name: str, collector: Collector, picker: Picker | None) -> None:
    allowance = _Allowance(local, name)
    with zipfile.ZipFile(local) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if picker is not None:
            picked = set(picker([member.filename for member in members]))
            members = [member for member in members if member.filename in picked]
        for member in members:
            _safe_name(member.filename, name)
            # zipfile never yields more than the declared size, so this bound holds.
            allowance.spend(member.file_size)
        with progress("unpack", len(members), "files") as bar:
            for member in members:
                _unzip_one(archive, member, _safe_name(member.filename, name), collector)
                bar.advance()


def _unzip_one(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, relative: str | None, collector: Collector
) -> None:
    if relative is None:
        return
    kind = member.external_attr >> 16 & 0o170000
    if member.create_system == 3 and kind not in (0, 0o100000):
        collector.reject(relative, "a link or device, not a file")
        return
    with archive.open(member) as stream:
        collector.take(relative, stream)


def _untar(local: Path, name: str, collector: Collector, picker: Picker | None) -> None:
    allowance = _Allowance(local, name)
    picked = None
    if picker is not None:
        with tarfile.open(local) as archive:
            picked = set(picker([member.name for member in archive if member.isfile()]))
    # Members are not counted ahead, which would decompress the tar once more: bytes are.
    with (
        open(local, "rb") as stream,
        tarfile.open(fileobj=stream) as archive,
        progress("unpack", local.stat().st_size, "bytes") as bar,
    ):
        for member in archive:
            relative = _safe_name(member.name, name)
            allowance.spend(member.size)
            if picked is None or member.name in picked:
                _untar_one(archive, member, relative, collector)
            bar.advance(max(0, stream.tell() - bar.done))


def _untar_one(
    archive: tarfile.TarFile, member: tarfile.TarInfo, relative: str | None, collector: Collector
) -> None:
    if relative is None or member.isdir():
        return
    stream = archive.extractfile(member) if member.isreg() else None
    if stream is None:
        collector.reject(relative, "a link or device, not a file")
        return
    with stream:
        collector.take(relative, stream)
