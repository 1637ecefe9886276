"""Damaged and hostile archives: refused in one line, never taken for a shorter or another one."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import shutil
import struct
import subprocess
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from archives import END, MEMBERS, header, pax, tar, zipped
from samples import picture

from dcgan_core.data import manifest
from dcgan_core.data.sources import archive as module
from dcgan_core.data.sources import fetch, zip_members
from dcgan_core.errors import UserError

FLIPS = 150
PACKED = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
CHECKERS = {"gz": "gzip", "bz2": "bzip2", "xz": "xz"}


@pytest.fixture
def get(tmp_path: Path, download):
    """What is taken from an archive of these bytes; on failure nothing may be left of it."""

    def run(content: bytes) -> dict[str, str]:
        path, target = tmp_path / "a.archive", tmp_path / "out/raw"
        path.write_bytes(content)
        shutil.rmtree(target, ignore_errors=True)
        try:
            fetch(download(source="archive", path=str(path)), target)
        except UserError as caught:
            left, told = list(target.parent.iterdir()), str(caught)
            if left or "\n" in told or "a.archive" not in told or len(told) > 600:
                pytest.fail(f"left {left}, told {told!r}")
            raise
        return {entry.origin: entry.sha256 for entry in manifest.read(target).files}

    return run


def accepted(get: Callable, content: bytes) -> dict[str, str] | None:
    try:
        return get(content)
    except UserError:
        return None


def flipped(content: bytes) -> list[bytes]:
    """The same bytes with one other, at places all over them."""
    rng = random.Random(0)
    found = []
    for place in sorted(rng.sample(range(len(content)), FLIPS)):
        changed = bytearray(content)
        changed[place] ^= rng.randrange(1, 256)
        found.append(bytes(changed))
    return found


@pytest.mark.parametrize("kind", PACKED)
def test_a_flipped_byte_is_refused_or_harmless(kind, get, tmp_path: Path) -> None:
    if not shutil.which(CHECKERS[kind]):
        pytest.skip(f"needs {CHECKERS[kind]} to compare with")
    packed = PACKED[kind](tar())
    whole = get(packed)
    assert len(whole) == len(MEMBERS)
    refused = 0
    for content in flipped(packed):
        taken = accepted(get, content)
        path = tmp_path / f"flipped.{kind}"
        path.write_bytes(content)
        verdict = subprocess.run([CHECKERS[kind], "-t", path], capture_output=True).returncode
        assert taken is None or not verdict, "their own program refuses it"
        assert taken in (None, whole)
        refused += taken is None
    assert refused >= FLIPS - 2, "a byte or two of a header, such as its time, mean nothing"


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_a_flipped_byte_of_a_zip_gives_no_other_images(get, method: int) -> None:
    packed = zipped(method=method)
    whole = get(packed)
    assert len(whole) == len(MEMBERS)
    for content in flipped(packed):
        assert accepted(get, content) in (None, whole)


def test_every_byte_of_a_small_zip(get) -> None:
    packed = zipped({"é.png": b"\x89PNG\r\n\x1a\n", "b/c.png": b"\x89PNG\r\n\x1a\n" + bytes(9)})
    whole = get(packed)
    for place in range(len(packed)):
        content = bytearray(packed)
        for bits in (255, 1 << place % 8):
            content[place] = packed[place] ^ bits
            assert accepted(get, bytes(content)) in (None, whole), (place, bits)


def test_a_flipped_byte_of_a_plain_tar_loses_no_image(get) -> None:
    packed = tar()
    for content in flipped(packed):
        taken = accepted(get, content)
        assert taken is None or taken.keys() == dict.fromkeys(MEMBERS).keys()


@pytest.mark.parametrize("pack", [bytes, *PACKED.values()])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
def test_a_cut_tar_is_refused(get, pack, share: float) -> None:
    # Python pads a tar to 10240 bytes; what follows the end mark may be missing.
    content = pack(tar().rstrip(b"\0") + bytes(1024))
    with pytest.raises(UserError, match="damaged archive"):
        get(content[: int(len(content) * share)])


def test_the_end_mark_is_asked_for(get) -> None:
    content = header(size=10) + b"\x89PNG\r\n\x1a\n00" + bytes(502)
    assert len(get(content + END)) == 1
    for end in (b"", bytes(512), bytes(512) + b"x" * 512, bytes(512) + header() + END):
        with pytest.raises(UserError, match="damaged archive"):
            get(content + end)
    with pytest.raises(UserError, match="more follows its end mark"):
        get(content + END + content + END)


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_long_names_are_those_that_tarfile_reads(get, form: int) -> None:
    names = [f"{'d' * 90}/{'e' * 60}/{number}.png" for number in range(3)]
    names += [] if form == tarfile.USTAR_FORMAT else ["x" * 180 + "é.png", "\udcff.png"]
    content = tar({name: picture() for name in names}, form)
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        expected = {name.encode("utf-8", "replace") for name in archive.getnames()}
    assert {name.replace("\ufffd", "?").encode() for name in get(content)} == expected


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (header(size=b"\xff" * 12) + END, "a size of -1 bytes"),
        (header(size=b"\xff" * 11 + b"\0") + END, "a size of -256 bytes"),
        (header(size=b"\x80" + b"\x7f" * 11) + END, "a size of 15413567"),
        (header(size=4 << 30) + END, "cut short"),
        (header(size=4 << 30, kind=tarfile.GNUTYPE_LONGNAME) + END, "claims 4294967296 bytes"),
        (pax(size=4 << 30) + header() + END, "claims 4294967296 bytes"),
        (pax(b"1" * 100_000) + header() + END, "no list of at most 100 records"),
        (pax(b"99 path=a\n") + header() + END, "no list of at most 100 records"),
        (pax(b"8 path\n\n") + header() + END, "no list of at most 100 records"),
        (pax(b"11 size=-1\n") + header() + END, "a size of -1"),
        (pax(b"12 size=1e9\n") + header() + END, "a size of 1e9"),
        (pax(b"9 path=a\n") * 5000 + header() + END, "more than 8 headers"),
        (pax(b"9 path=a\n") + END, "has no member"),
        (pax(*[b"9 path=a\n"] * 101) + header() + END, "no list of at most 100 records"),
        (pax(b"22 GNU.sparse.major=1\n") + header() + END, "--sparse"),
        (header(kind=tarfile.GNUTYPE_SPARSE) + END, "--sparse"),
        (pax(b"12 path=a\0b\n") + header() + END, "zero byte in its name"),
        (pax(b"1012 path=" + b"d/" * 500 + b"a\n") + header() + END, "501 parts"),
        (pax(b"308 path=" + b"d" * 298 + b"\n") + header() + END, "name of 298 bytes"),
        (b"ustar".rjust(262, b"x").ljust(512, b"x") + END, "the header of a member"),
    ],
)
def test_hostile_tar_headers(get, content: bytes, words: str) -> None:
    tracemalloc.start()
    with pytest.raises(UserError) as caught:
        get(content)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert words in str(caught.value)
    assert most < 64 << 20


def test_what_follows_compressed_data(get) -> None:
    for pack in PACKED.values():
        whole = pack(tar())
        assert len(get(whole + bytes(10_240))) == len(MEMBERS), "tapes are filled with zeros"
        half = len(tar()) // 2
        assert get(pack(tar()[:half]) + pack(tar()[half:])) == get(whole), "parts may be joined"
        with pytest.raises(UserError, match="other bytes follow"):
            get(whole + b"junk that is longer than any head")


def test_an_xz_that_asks_for_gigabytes(get) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 20}]
    content = bytearray(lzma.compress(tar(), filters=filters))
    # The block header: its size, flags, filter, one byte of properties (the dictionary's size).
    assert content[14:16] == b"\x21\x01"
    content[16] = 40
    content[20:24] = struct.pack("<I", zlib.crc32(content[12:20]))
    with pytest.raises(UserError, match="more than 512 MiB of memory"):
        get(bytes(content))


def test_bombs_cost_little(get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SAFE_BYTES", 1 << 20)
    content = b"\x89PNG\r\n\x1a\n" + bytes(40 << 20)
    packed = [PACKED[kind](tar({"a.png": content})) for kind in PACKED]
    lying = []
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        whole = zipped({"a.png": content}, method)
        lying.append(whole.replace(struct.pack("<I", len(content)), struct.pack("<I", 100_000)))
    tracemalloc.start()
    for bomb in packed:
        with pytest.raises(UserError, match="made to fill disks"):
            get(bomb)
    for bomb in lying:
        with pytest.raises(UserError, match="damaged archive"):
            get(bomb)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 32 << 20


def test_members_without_end_are_refused(get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SAFE_MEMBERS", 1000)
    with pytest.raises(UserError, match="more members than an archive of its size"):
        get(gzip.compress(header() * 2000 + END))


def test_hostile_zips(get, monkeypatch: pytest.MonkeyPatch) -> None:
    one = {"é.png": picture()}
    unknown = zipped(one, zipfile.ZIP_STORED)
    place = unknown.index(b"PK\1\2")
    for method in (b"\x09\0", b"\x63\0", b"\xff\xff"):
        changed = bytearray(unknown)
        changed[8:10] = changed[place + 10 : place + 12] = method
        with pytest.raises(UserError, match=r"cannot be unpacked.*not supported"):
            get(bytes(changed))
    not_utf8 = zipped(one).replace("é.png".encode(), b"\xff\xff.png")
    with pytest.raises(UserError, match="damaged archive"):
        get(not_utf8)
    far = bytearray(unknown)
    far[place + 42 : place + 46] = b"\xff\xff\xff\x7f"
    with pytest.raises(UserError, match="damaged archive"):
        get(bytes(far))
    link = zipfile.ZipInfo("a.png")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(link, bytes(5000))
    with pytest.raises(UserError, match="neither a file nor a link"):
        get(stream.getvalue())
    monkeypatch.setattr(zip_members, "LARGEST_DIRECTORY", 100)
    with pytest.raises(UserError, match="its directory has"):
        get(zipped())
