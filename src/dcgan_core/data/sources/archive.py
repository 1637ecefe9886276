"""Images from a zip or tar, local or downloaded, unpacked without trusting it."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ...errors import UserError
from ...files import sha256_file
from ...progress import progress
from ..manifest import Manifest
from ..walk import is_litter, open_source
from .download import download
from .judge import Collector

REMEDY = "Name an archive with images as download.path or download.url in params.yaml."
# Images hardly compress; what unpacks to far more than its own size is made to fill disks.
SAFE_BYTES = 2 << 30
LARGEST_RATIO = 50


def fill(folder: Path, path: str, url: str, sha256: str) -> Manifest:
    """Unpack what looks like an image to ``folder/images``, keeping relative names.

    Args:
        path: a local zip or tar, used when ``url`` is empty.
        url: an http, https or file address.
        sha256: the archive's expected hash, 64 hex digits, or empty for a local one.

    Raises:
        UserError: not found, unreachable, another hash, no archive, damaged, encrypted,
            unsafe, or without images.
    """
    if url and urlsplit(url).scheme != "file":
        local = folder / "download.part"
        download(url, local)
    else:
        local = Path(url2pathname(urlsplit(url).path) if url else path)
    name = url or path
    if not local.is_file():
        problem = (
            "a folder, not an archive (source: folder takes it)" if local.is_dir() else "not found"
        )
        raise UserError(f"{name}: {problem}. {REMEDY}")
    open_source(local).close()
    _check_hash(local, name, sha256)
    collector = Collector(folder, "archive", name)
    with _damage_told(name):
        # Tar first: a tar whose last member is a zip would pass for a zip.
        if tarfile.is_tarfile(local):
            _untar(local, name, collector)
        elif zipfile.is_zipfile(local):
            _unzip(local, name, collector)
        else:
            raise UserError(f"{name}: {_what_else(local)}. {REMEDY}")
    if local.parent == folder:
        local.unlink()
    return collector.finish(REMEDY)


def _check_hash(local: Path, name: str, expected: str) -> None:
    if not expected:
        return
    found = sha256_file(local)
    if found != expected:
        raise UserError(
            f"{name}: its sha256 is {found}, but download.sha256 in params.yaml says "
            f"{expected}{_web_page(local)}. If you trust this file, write its hash there; "
            "otherwise get the right one."
        )


def _what_else(local: Path) -> str:
    with open(local, "rb") as stream:
        head = stream.read(6)
    if head.startswith((b"PK\3\4", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")):
        return "damaged archive (cut short?), or a compressed file without a tar in it"
    return f"neither a zip nor a tar{_web_page(local)}"


def _web_page(local: Path) -> str:
    with open(local, "rb") as stream:
        head = stream.read(512).lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html", b"<?xml", b"<head")):
        return " (it is a web page: the address may need a login, or is that of a page about it)"
    return ""


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


def _unzip(local: Path, name: str, collector: Collector) -> None:
    allowance = _Allowance(local, name)
    with zipfile.ZipFile(local) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
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


def _untar(local: Path, name: str, collector: Collector) -> None:
    allowance = _Allowance(local, name)
    # Members of a tar are not counted ahead, which would decompress it twice: bytes are.
    with (
        open(local, "rb") as stream,
        tarfile.open(fileobj=stream) as archive,
        progress("unpack", local.stat().st_size, "bytes") as bar,
    ):
        for member in archive:
            relative = _safe_name(member.name, name)
            allowance.spend(member.size)
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
