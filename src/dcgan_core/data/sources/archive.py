"""Images from a zip or tar, local or downloaded, unpacked without trusting it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ...errors import UserError
from ...progress import progress
from ..manifest import Manifest
from ..walk import is_litter, open_source
from . import tar_members, zip_members
from .class_folders import label_by_folder
from .collect import Collector
from .unpacked import BLOCK_BYTES, Damaged, Unpacked, Unsupported
from .web import MAGIC, download, scheme, verify, web_page_note

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
SAFE_BYTES = 512 << 20
LARGEST_RATIO = 50
# Nor does a member with an image in it, its header included, shrink to less than this.
SAFE_MEMBERS = 50_000
LEAST_MEMBER_BYTES = 100
# File systems allow 255 bytes for one name and 4096 for a path, of which the project's is a part.
LONGEST_NAME = 255
LONGEST_PATH = 1500
DEEPEST = 100
LONGEST_REASON = 200
LINK = "a link or device, not a file"

Picker = Callable[[list[str]], Collection[str]]
"""From the names of all members, those to take."""


def fill(folder: Path, params: Download, downloads: Path) -> Manifest:
    """Unpack what looks like an image to ``folder/images``, keeping relative names.

    The archive is a zip or tar: ``url`` (http, https or file) or, where that is empty, ``path``.
    Where images lie in class folders, these are their labels.

    Raises:
        UserError: not found, unreachable, another hash, no archive, damaged, encrypted,
            unsafe, or without images.
    """
    url, sha256 = params.url, params.sha256
    name = url or params.path
    checksum = f"sha256:{sha256}"
    if url and scheme(url) != "file":
        local = downloads / f"archive-{sha256}"
        needed_by = "download.source: archive with a url"
        download(url, local, checksum, needed_by, (UNREACHABLE, OTHER_HASH))
    else:
        local = Path(url2pathname(urlsplit(url).path) if url else name)
        _check_local(local, name)
        if sha256:
            verify(local, name, checksum, OTHER_HASH)
    collector = Collector(folder, "archive", name)
    unpack(local, name, collector)
    return label_by_folder(collector.finish(REMEDY))


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
    with _damage_told(name), open(local, "rb") as file:
        allowance = _Allowance(local, name)
        head = Unpacked(file, allowance.spend)
        # Tar first: a tar whose last member is a zip would pass for a zip.
        if tar_members.begins_tar(head.peek(tar_members.BLOCK)):
            _untar(local, name, collector, picker)
        elif zipfile.is_zipfile(local) and not head.compressed:
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
    except Damaged as error:
        # zipfile's messages hold names, which may be as long as a damaged file has it.
        reason = str(error)[:LONGEST_REASON]
        raise UserError(f"{name}: damaged archive ({reason}). Get it again.") from error
    except Unsupported as error:
        raise UserError(
            f"{name}: cannot be unpacked ({error}). Unpack it yourself and use source: folder."
        ) from error


def _safe_name(member: str, archive: str) -> str | None:
    """The member's relative name; None for hidden and system files.

    Raises:
        UserError: it would be written outside the target, or no file can have that name.
    """
    path = member.encode("utf-8", "surrogatepass")
    parts = PurePosixPath(member.replace("\\", "/")).parts if len(path) <= LONGEST_PATH else ()
    lengths = [len(part) for part in path.replace(b"\\", b"/").split(b"/")]
    if len(path) > LONGEST_PATH or max(lengths) > LONGEST_NAME or len(parts) > DEEPEST:
        raise UserError(
            f"{archive}: its member {member[:60]!r}... has a name of {len(path)} bytes in "
            f"{len(lengths)} parts, which file systems do not allow. Unpack it yourself under "
            "shorter names and use source: folder."
        )
    if "\0" in member:
        raise UserError(
            f"{archive}: its member {member!r} has a zero byte in its name, which no file can "
            "have. Do not trust this archive."
        )
    if ".." in parts or (parts and (parts[0] == "/" or parts[0].endswith(":"))):
        raise UserError(
            f"{archive}: refused, for its member {member!r} would be written outside the target "
            "folder. Do not trust this archive."
        )
    if not parts or any(is_litter(part) for part in parts):
        return None
    return "/".join(parts)


class _Allowance:
    """Counts unpacked bytes and members against what an archive of this size may hold."""

    def __init__(self, local: Path, name: str):
        self._name = name
        size = local.stat().st_size
        self._bytes = max(SAFE_BYTES, LARGEST_RATIO * size)
        self._members = max(SAFE_MEMBERS, size // LEAST_MEMBER_BYTES)

    def spend(self, count: int) -> None:
        self._bytes -= count
        if self._bytes < 0:
            self._refuse(f"it unpacks to more than {LARGEST_RATIO} times its size")

    def count_member(self) -> None:
        self._members -= 1
        if self._members < 0:
            self._refuse("it has more members than an archive of its size can name")

    def _refuse(self, reason: str) -> NoReturn:
        raise UserError(
            f"{self._name}: refused, for {reason}, as archives made to fill disks do. If you "
            "trust it, unpack it yourself and use source: folder."
        )


def _unzip(local: Path, name: str, collector: Collector, picker: Picker | None) -> None:
    allowance = _Allowance(local, name)
    with zip_members.opened(local) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if picker is not None:
            picked = set(picker([member.filename for member in members]))
            members = [member for member in members if member.filename in picked]
        for member in members:
            _safe_name(member.filename, name)
            # No more than the declared size is ever unpacked, so this bound holds.
            allowance.spend(member.file_size)
        with progress("unpack", len(members), "files") as bar:
            for member in members:
                _unzip_one(archive, member, _safe_name(member.filename, name), collector)
                bar.advance()


def _unzip_one(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, relative: str | None, collector: Collector
) -> None:
    if zip_members.is_other_kind(archive, member):
        if relative is not None:
            collector.reject(relative, LINK)
        return
    content = zip_members.Content(archive, member)
    if relative is not None:
        collector.take(relative, content)
    # What is not taken is read as well: damage there tells of the rest.
    while content.read(BLOCK_BYTES):
        pass


def _untar(local: Path, name: str, collector: Collector, picker: Picker | None) -> None:
    picked = None
    if picker is not None:
        with open(local, "rb") as file:
            members = _counted(file, _Allowance(local, name))
            names = [member.name for member in members if member.is_file]
        picked = set(picker(names))
    # Members are not counted ahead, which would decompress the tar once more: bytes are.
    with (
        open(local, "rb") as file,
        progress("unpack", local.stat().st_size, "bytes") as bar,
    ):
        for member in _counted(file, _Allowance(local, name)):
            relative = _safe_name(member.name, name)
            if picked is None or member.name in picked:
                _untar_one(member, relative, collector)
            bar.advance(max(0, file.tell() - bar.done))


def _counted(file: IO[bytes], allowance: _Allowance) -> Iterator[tar_members.Member]:
    for member in tar_members.members(Unpacked(file, allowance.spend)):
        allowance.count_member()
        yield member


def _untar_one(member: tar_members.Member, relative: str | None, collector: Collector) -> None:
    if relative is None or member.is_folder:
        return
    if member.is_file:
        collector.take(relative, member)
    else:
        collector.reject(relative, LINK)
