"""Archives, local and from a real server: unpacked safely, or refused in one sentence."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dcgan_core.data import manifest
from dcgan_core.data.pack import Pack
from dcgan_core.data.resize import resize
from dcgan_core.data.sources import archive as module
from dcgan_core.data.sources import fetch
from dcgan_core.data.sources.web import looks_like
from dcgan_core.errors import UserError
from dcgan_core.files import sha256_file


def png(colour: str = "red") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(stream, "PNG")
    return stream.getvalue()


def make_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def make_tar(path: Path, members: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


@pytest.fixture
def get(tmp_path: Path, download):
    """Fetch an archive; on failure nothing may be left of it."""

    def run(path: Path | str = "x", **changes) -> manifest.Manifest:
        target = tmp_path / "out/raw"
        try:
            fetch(download(source="archive", path=str(path), **changes), target)
        except UserError:
            assert list(target.parent.iterdir()) == []
            raise
        assert {place.name for place in target.iterdir()} == {"images", "manifest.json"}
        return manifest.read(target)

    return run


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "www").mkdir()
    handler = partial(Quiet, directory=str(tmp_path / "www"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()
        thread.join()


MEMBERS = {
    "d/a.png": png(),
    "d/labels.csv": b"x",
    "__MACOSX/d/._a.png": b"x",
    "d/.hidden": b"x",
    "b": png("blue"),
}


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "tar.bz2", "tar.xz"])
def test_all_kinds(tmp_path: Path, get, kind: str) -> None:
    path = tmp_path / "archive-without-a-telling-name"
    if kind == "zip":
        make_zip(path, MEMBERS)
    else:
        make_tar(path, MEMBERS, "w:" + kind[4:])
    found = get(path)
    assert [entry.file for entry in found.files] == ["images/b", "images/d/a.png"]
    assert [entry.file for entry in found.rejected] == ["d/labels.csv"]
    manifest.check(tmp_path / "out/raw", found, hashes=True)


@pytest.mark.parametrize(
    "name", ["../evil.png", "/evil.png", "a/../../evil.png", "..\\evil.png", "C:\\evil.png"]
)
def test_climbing_out_is_refused(tmp_path: Path, get, name: str) -> None:
    for path in (
        make_zip(tmp_path / "a.zip", {name: png()}),
        make_tar(tmp_path / "a.tar", {name: png()}),
    ):
        with pytest.raises(UserError, match="outside the target"):
            get(path)
    assert not list(tmp_path.rglob("evil*"))


def test_links_and_devices_are_not_made(tmp_path: Path, get) -> None:
    with tarfile.open(make_tar(tmp_path / "a.tar", {"a.png": png()}), "a") as archive:
        for name, kind in (
            ("link.png", tarfile.SYMTYPE),
            ("hard.png", tarfile.LNKTYPE),
            ("dev.png", tarfile.CHRTYPE),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    found = get(tmp_path / "a.tar")
    assert [entry.file for entry in found.files] == ["images/a.png"]
    assert {(entry.file, entry.reason) for entry in found.rejected} == {
        (name, "a link or device, not a file") for name in ("link.png", "hard.png", "dev.png")
    }
    with zipfile.ZipFile(make_zip(tmp_path / "a.zip", {"a.png": png()}), "a") as archive:
        link = zipfile.ZipInfo("link.png")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert [entry.file for entry in get(tmp_path / "a.zip").rejected] == ["link.png"]


def test_names_are_made_unique(tmp_path: Path, get) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        for name, colour in (
            ("a.png", "red"),
            ("a.png", "blue"),
            ("b", "red"),
            ("b/c.png", "blue"),
            ("./a.png", "lime"),
        ):
            member, content = tarfile.TarInfo(name), png(colour)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    found = get(path)
    assert len({entry.file for entry in found.files}) == 5
    manifest.check(tmp_path / "out/raw", found, hashes=True)


def test_a_bomb_is_refused(tmp_path: Path, get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SAFE_BYTES", 1 << 20)
    content = b"\x89PNG\r\n\x1a\n" + bytes(8 << 20)
    for path in (
        make_zip(tmp_path / "a.zip", {"a.png": content}),
        make_tar(tmp_path / "a.tgz", {"a.png": content}, "w:gz"),
    ):
        with pytest.raises(UserError, match="made to fill disks"):
            get(path)


def test_no_archive_or_a_damaged_one(tmp_path: Path, get) -> None:
    with pytest.raises(UserError, match="not found"):
        get(tmp_path / "nothing.zip")
    with pytest.raises(UserError, match="source: folder"):
        get(tmp_path)
    (tmp_path / "page.zip").write_text("<!DOCTYPE html><html>Log in</html>")
    with pytest.raises(UserError, match=r"neither a zip nor a tar \(it is a web page"):
        get(tmp_path / "page.zip")
    random = np.random.default_rng(0).bytes(30_000)
    (tmp_path / "noise.zip").write_bytes(random)
    with pytest.raises(UserError, match="neither a zip nor a tar"):
        get(tmp_path / "noise.zip")
    with pytest.raises(UserError, match="1 files, none of them an image"):
        get(make_zip(tmp_path / "text.zip", {"readme.txt": b"x"}))
    for kind in ("gz", "bz2", "xz"):
        path = make_tar(
            tmp_path / "cut.tar", {"a.png": png(), "b.png": png() + random}, f"w:{kind}"
        )
        path.write_bytes(path.read_bytes()[:-9000])
        with pytest.raises(UserError, match="damaged archive"):
            get(path)
    path = make_zip(tmp_path / "cut.zip", {"a.png": png() + random})
    path.write_bytes(path.read_bytes()[:-9000])
    with pytest.raises(UserError, match="damaged archive"):
        get(path)
    path = make_zip(tmp_path / "flipped.zip", {"a.png": png() + random})
    content = bytearray(path.read_bytes())
    content[5000] ^= 255
    path.write_bytes(content)
    with pytest.raises(UserError, match="damaged archive"):
        get(path)


@pytest.mark.parametrize(
    ("kind", "name", "compress"),
    [
        ("a gzip file", "a.tar.gz", gzip.compress),
        ("a bzip2 file", "a.tar.bz2", bz2.compress),
        ("an xz file", "a.tar.xz", lzma.compress),
    ],
)
def test_compressed_files_are_told_by_their_heads_not_names(
    tmp_path: Path, get, kind: str, name: str, compress
) -> None:
    path = tmp_path / name
    path.write_bytes(compress(png()))
    assert looks_like(path) == kind
    with pytest.raises(UserError, match="a compressed file without a tar in it"):
        get(path)
    path.write_text("no archive, whatever its name")
    assert looks_like(path) == ""
    with pytest.raises(UserError, match="neither a zip nor a tar"):
        get(path)


def test_an_encrypted_zip(tmp_path: Path, get) -> None:
    path = make_zip(tmp_path / "a.zip", {"a.png": png()})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"cannot be unpacked.*password"):
        get(path)


def test_hash_of_a_local_archive(tmp_path: Path, get) -> None:
    path = make_zip(tmp_path / "a.zip", MEMBERS)
    assert len(get(path, sha256=sha256_file(path)).files) == 2


def test_wrong_hash_gives_both(tmp_path: Path, get) -> None:
    path = make_zip(tmp_path / "a.zip", MEMBERS)
    with pytest.raises(UserError) as caught:
        get(path, sha256="0" * 64)
    assert sha256_file(path) in str(caught.value)
    assert "0" * 64 in str(caught.value)


def test_download(tmp_path: Path, get, server: str) -> None:
    path = make_zip(tmp_path / "www/a.zip", MEMBERS)
    found = get(url=f"{server}/a.zip", sha256=sha256_file(path))
    assert len(found.files) == 2
    assert found.origin == f"{server}/a.zip"


def test_file_address(tmp_path: Path, get) -> None:
    path = make_zip(tmp_path / "an archive.zip", MEMBERS)
    assert len(get(url=path.as_uri(), sha256=sha256_file(path)).files) == 2
    assert path.exists()


def test_download_of_something_else(tmp_path: Path, get, server: str) -> None:
    path = make_zip(tmp_path / "www/a.zip", MEMBERS)
    with pytest.raises(UserError) as caught:
        get(url=f"{server}/a.zip", sha256="0" * 64)
    assert sha256_file(path) in str(caught.value)
    assert "0" * 64 in str(caught.value)
    page = b"<html><body>Sign in to download</body></html>"
    (tmp_path / "www/page.zip").write_bytes(page)
    with pytest.raises(UserError, match="it is a web page"):
        get(url=f"{server}/page.zip", sha256="0" * 64)
    with pytest.raises(UserError, match="neither a zip nor a tar"):
        get(url=f"{server}/page.zip", sha256=hashlib.sha256(page).hexdigest())


def test_no_answer(get, server: str) -> None:
    with pytest.raises(UserError, match=r"could not be fetched \(404"):
        get(url=f"{server}/missing.zip", sha256="0" * 64)
    with pytest.raises(UserError, match=r"could not be fetched.*refused") as caught:
        get(url="http://127.0.0.1:9/a.zip", sha256="0" * 64)
    assert len(str(caught.value)) < 300
    with pytest.raises(UserError, match="no http, https or file address"):
        get(url="gopher://x/a.zip", sha256="0" * 64)


def test_real_photographs(tmp_path: Path, get, resizing, cleaning, real_images: Path) -> None:
    found = get(real_images / "flowers64.zip")
    assert len(found.files) == 800
    assert not found.rejected
    outputs = (tmp_path / name for name in ("64.npy", "64.json", "64-dropped.png"))
    resize(tmp_path / "out/raw", *outputs, (64, 48), resizing(), cleaning())
    with Pack(tmp_path / "64.npy") as pack:
        rows = pack.read(range(len(pack)))
    assert rows.shape == (800, 64, 48, 3)
    assert rows.std(axis=(1, 2, 3)).min() > 10, "every one shows something"
