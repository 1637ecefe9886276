"""Bad input from outside: archives, addresses, databases, and names that a terminal would obey."""

import bz2
import gzip
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from archives import END, header, pax, tar, zipped
from case import Case, change, own_images
from samples import picture

MEBIBYTE = bytes(1 << 20)
GZIP = gzip.compress(tar())


def _archive(content: bytes | Callable[[], bytes], name: str = "images.archive") -> Callable:
    def build(root: Path) -> None:
        path = root / "data/own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content() if callable(content) else content)
        change(root, {"download.source": "archive", "download.path": f"data/own/{name}"})

    return build


def _address(url: str) -> Callable:
    settings = {"download.source": "archive", "download.url": url, "download.sha256": "0" * 64}
    return lambda root: change(root, settings)


def _flipped(content: bytes, share: float) -> bytes:
    place = int(len(content) * share)
    return content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :]


def _bomb(pack: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    """Streams that tell of one file of 4 GiB, of zeros."""
    return lambda: pack(header("a.png", (4 << 30) - 1)) + pack(16 * MEBIBYTE) * 64


def _lying_zip() -> bytes:
    content = b"\x89PNG\r\n\x1a\n" + 200 * MEBIBYTE
    whole = zipped({"a.png": content}, zipfile.ZIP_BZIP2)
    return whole.replace(struct.pack("<I", len(content)), struct.pack("<I", 100_000))


def _zip_with(place: int, old: bytes, new: bytes) -> bytes:
    """A zip with other bytes at a place of its first directory entry."""
    content = bytearray(zipped(method=zipfile.ZIP_STORED))
    at = content.index(b"PK\1\2") + place
    assert content[at : at + len(old)] == old
    content[at : at + len(new)] = new
    return bytes(content)


def _escape(root: Path) -> None:
    _archive(b"no archive", "a\x1b[2J\x1b]0;owned\x07.zip")(root)


def _newline(root: Path) -> None:
    _archive(b"no archive", "a\nresize: all is well\u202e.zip")(root)


def _link_with_escape(root: Path) -> None:
    (own_images(root) / "a\x1b[31m\x9b.png").symlink_to("nothing")


def _no_database(root: Path) -> None:
    (own_images(root) / "room_lmdb").mkdir()
    (root / "data/own/room_lmdb/data.mdb").write_bytes(b"no database")
    change(root, {"download.source": "lsun"})


def _archives() -> list[Case]:
    damaged = {
        "tar-gz-flipped-early": (_flipped(GZIP, 0.1), "damaged archive"),
        "tar-gz-flipped-late": (_flipped(GZIP, 0.9), "damaged archive"),
        "tar-gz-flipped-crc": (_flipped(GZIP, 1 - 6 / len(GZIP)), "damaged archive"),
        "tar-gz-without-trailer": (GZIP[:-8], "cut short"),
        "tar-gz-half": (GZIP[: len(GZIP) // 2], "cut short"),
        "tar-gz-and-junk": (GZIP + b"junk and more junk", "other bytes follow"),
        "tar-bz2-flipped": (_flipped(bz2.compress(tar()), 0.5), "damaged archive"),
        "tar-xz-flipped": (_flipped(lzma.compress(tar()), 0.5), "damaged archive"),
        "tar-xz-half": (lzma.compress(tar())[:3000], "cut short"),
        "tar-half": (tar()[:9000], "cut short"),
        "tar-without-end-mark": (tar().rstrip(b"\0") + bytes(300), "damaged archive"),
        "tar-with-one-zero-block": (header() + bytes(512), "cut short"),
        "tar-with-a-hole": (tar()[:2048] + bytes(4096) + tar()[6144:], "damaged archive"),
        "tars-joined": (tar() + tar(), "more follows its end mark"),
        "tar-header-flipped": (_flipped(tar(), 10 / len(tar())), "header of a member"),
        "tar-negative-size": (header(size=b"\xff" * 12) + END, "a size of -1"),
        "tar-size-of-gigabytes": (header(size=4 << 30) + END, "cut short"),
        "tar-pax-of-gigabytes": (pax(size=4 << 30) + header() + END, "claims 4294967296"),
        "tar-long-name-of-gigabytes": (
            header(size=4 << 30, kind=tarfile.GNUTYPE_LONGNAME) + END,
            "claims 4294967296",
        ),
        "tar-pax-of-digits": (pax(b"1" * 900_000) + header() + END, "no list of"),
        "tar-pax-headers-without-end": (pax(b"9 path=a\n") * 20_000 + END, "more than 8"),
        "tar-pax-negative-size": (pax(b"11 size=-1\n") + header() + END, "a size of -1"),
        "tar-name-with-a-zero": (pax(b"12 path=a\0b\n") + header() + END, "zero byte"),
        "tar-name-too-deep": (
            pax(b"1012 path=" + b"d/" * 500 + b"a\n") + header() + END,
            "501 parts",
        ),
        "tar-climbs-out": (tar({"../../a.png": picture()}), "outside the target"),
        "tar-sparse": (header(kind=tarfile.GNUTYPE_SPARSE) + END, "--sparse"),
        "tar-of-empty-members": (
            gzip.compress(header("a.txt") * 60_000 + END),
            "more members than",
        ),
        "tar-gz-bomb": (_bomb(gzip.compress), "made to fill disks"),
        "zip-flipped": (_flipped(zipped(), 0.3), "damaged archive"),
        "zip-half": (zipped()[:9000], "cut short?"),
        "zip-encrypted": (_zip_with(8, b"\0", b"\1"), "password"),
        "zip-unknown-method": (_zip_with(10, b"\0\0", b"\x63\0"), "not supported"),
        "zip-name-not-utf8": (
            zipped({"é.png": picture()}).replace("é".encode(), b"\xff\xff"),
            "damaged archive",
        ),
        "zip-member-outside": (
            _zip_with(42, b"\0\0\0\0", b"\xff\xff\xff\x7f"),
            "damaged archive",
        ),
        "zip-swallows-its-directory": (_zip_with(32, b"\0\0", b"\xff\xff"), "its end speaks of 40"),
        "zip-device": (_zip_with(40, b"\x80\x01", b"\x80\x11"), "neither a file nor a link"),
        "zip-lies-about-size": (_lying_zip, "damaged archive"),
    }
    return [
        Case(f"archive-{name}", _archive(content), ("download",), ("images.archive", words))
        for name, (content, words) in damaged.items()
    ]


def _addresses() -> list[Case]:
    bad = {
        "bracket": ("http://[::1/a.zip", "is no address"),
        "no-server": ("https:///a.zip", "names no server"),
        "port-too-large": ("http://127.0.0.1:99999/a.zip", "is no address"),
        "port-no-number": ("http://127.0.0.1:web/a.zip", "is no address"),
        "label-too-long": (f"http://{'a' * 70}.example/a.zip", "could not be fetched"),
        "other-scheme": ("ftp://127.0.0.1/a.zip", "no http, https or file address"),
        "escape": ("http://127.0.0.1/\x1b[2J.zip", r"\x1b[2J"),
        "file-missing": ("file:///nowhere/a.zip", "not found"),
    }
    return [
        Case(f"address-{name}", _address(url), ("download",), (words,))
        for name, (url, words) in bad.items()
    ]


_ESCAPED = r"a\x1b[2J\x1b]0;owned\x07.zip"
CASES = [
    *_archives(),
    *_addresses(),
    Case("name-with-escape-sequences", _escape, ("download",), (_ESCAPED, "neither a zip")),
    Case("name-with-a-newline", _newline, ("download",), (r"a\nresize: all is well\u202e.zip",)),
    Case("link-with-escape-sequences", _link_with_escape, ("download",), (r"a\x1b[31m\x9b.png",)),
    Case("lsun-no-database", _no_database, ("download",), ("lmdb",)),
    Case(
        "snapshot-name-with-escape-sequences",
        lambda root: None,
        ("dcgan", "sample", "a\x1b[2J\n.safetensors"),
        (r"a\x1b[2J\n.safetensors: no such file",),
        1,
    ),
    Case(
        "archive-whole-in-two-streams",
        _archive(gzip.compress(tar()[:5120]) + gzip.compress(tar()[5120:]) + bytes(10_240)),
        ("download",),
        (),
        0,
    ),
]
