"""Which files of someone's folder or archive are taken, and under what name."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Protocol, TypeVar

import numpy as np

from ...errors import UserError
from ..image_file import is_avif, is_heif
from ..manifest import Entry, Manifest, Rejected

log = logging.getLogger("dcgan")

Item = TypeVar("Item")

EXTENSIONS = frozenset(
    [
        ".apng",
        ".avif",
        ".bmp",
        ".dds",
        ".dib",
        ".gif",
        ".heic",
        ".heif",
        ".hif",
        ".ico",
        ".j2k",
        ".jfif",
        ".jp2",
        ".jpe",
        ".jpeg",
        ".jpg",
        ".mpo",
        ".pbm",
        ".pcx",
        ".pgm",
        ".png",
        ".pnm",
        ".ppm",
        ".psd",
        ".qoi",
        ".sgi",
        ".svg",
        ".tga",
        ".tif",
        ".tiff",
        ".webp",
    ]
)
HEADS = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"MM\0+",
)
HEAD_BYTES = 256
BLOCK_BYTES = 1 << 17
UNKNOWN_LICENCE = "not stated; yours to check"


def pick(items: Sequence[Item], count: int, seed: int) -> list[Item]:
    """At most ``count`` of the items, evenly at random and in their order.

    The same seed picks the same ones, and a larger count keeps those of a smaller one.
    """
    if count >= len(items):
        return list(items)
    log.info("%d of %d images are taken, as download.count says", count, len(items))
    order = np.random.Generator(np.random.PCG64(seed)).permutation(len(items))
    return [items[index] for index in sorted(order[:count].tolist())]


def named_as_image(name: str) -> bool:
    """Whether a file's extension is that of an image."""
    return PurePosixPath(name).suffix.lower() in EXTENSIONS


def looks_like_image(name: str, head: bytes) -> bool:
    """Whether a file claims to be an image, by its extension or its first 256 bytes.

    Whether it really is one is for the resize stage to find out, and to record.
    """
    return named_as_image(name) or (
        head.startswith(HEADS)
        or (head.startswith(b"RIFF") and head[8:12] == b"WEBP")
        or is_avif(head)
        or is_heif(head)
    )


def printable(name: str) -> str:
    """A file name as text that JSON can hold, whatever bytes it is made of."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class Readable(Protocol):
    """What a file's content can be read from."""

    def read(self, count: int, /) -> bytes:
        """The next ``count`` bytes at most; none at the end alone, and fewer than 16 only there."""


class Collector:
    """Copies what looks like an image to ``folder/images`` and says why the rest is left."""

    def __init__(self, folder: Path, source: str, origin: str, licence: str = UNKNOWN_LICENCE):
        self.manifest = Manifest(source, licence, origin)
        self._folder = folder
        self._used: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._made: set[Path] = set()
        (folder / "images").mkdir()

    def reject(self, name: str, reason: str) -> None:
        """Record a file that is not taken."""
        self.manifest.rejected.append(Rejected(printable(name), reason))

    def take(
        self,
        name: str,
        stream: Readable,
        group: str | None = None,
        licence: str | None = None,
    ) -> None:
        """Copy one file if it looks like an image; ``name`` is relative, with ``/``.

        ``group`` and ``licence`` are the manifest entry's.
        """
        head = stream.read(HEAD_BYTES)
        if not looks_like_image(name, head):
            self.reject(
                name, "not an image: neither its extension nor its first bytes are an image's"
            )
            return
        stored = self._unused(printable(name))
        path = self._folder / stored
        if path.parent not in self._made:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(path.parent)
        digest = hashlib.sha256(head)
        with open(path, "xb") as copy:
            copy.write(head)
            while block := stream.read(BLOCK_BYTES):
                digest.update(block)
                copy.write(block)
        entry = Entry(stored, digest.hexdigest(), printable(name), group, licence)
        self.manifest.files.append(entry)

    def finish(self, remedy: str) -> Manifest:
        """The manifest.

        Raises:
            UserError: nothing was taken; ``remedy`` follows the place and the count.
        """
        if not self.manifest.files:
            others = len(self.manifest.rejected)
            found = f"{others} files, none of them an image" if others else "empty: no files in it"
            raise UserError(f"{self.manifest.origin}: {found}. {remedy}")
        return self.manifest

    def _unused(self, name: str) -> str:
        candidate = f"images/{name}"
        while not self._is_free(candidate):
            # Counted on from the last of this name: thousands of one name take no longer each.
            self._numbers[name] = self._numbers.get(name, 1) + 1
            candidate = _numbered(name, self._numbers[name])
        self._used.add(candidate)
        self._used.add(f"{candidate}\0")
        self._used.update(_folders(candidate))
        return candidate

    def _is_free(self, candidate: str) -> bool:
        # A file may neither replace another nor stand where another's folder is.
        return candidate not in self._used and not any(
            f"{folder}\0" in self._used for folder in _folders(candidate)
        )


def _folders(name: str) -> frozenset[str]:
    """Those that a file lies in."""
    return _with_those_above(name.rpartition("/")[0])


@lru_cache(maxsize=1024)
def _with_those_above(folder: str) -> frozenset[str]:
    path = PurePosixPath(folder)
    return frozenset(one.as_posix() for one in (path, *path.parents))


def _numbered(name: str, number: int) -> str:
    path = PurePosixPath(name)
    return f"images/{'_'.join(path.with_suffix('').parts)}~{number}{path.suffix}"
