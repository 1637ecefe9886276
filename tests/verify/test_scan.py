"""What is read anew is what DVC and the fingerprints say of it."""

import os

from dvc.repo import Repo

from dcgan_core.data.fingerprint import fingerprint
from dcgan_core.verify.scan import scan


def filled(folder):
    (folder / "sub").mkdir(parents=True)
    (folder / "b.txt").write_bytes(b"bee")
    (folder / "sub/a.txt").write_bytes(b"")
    (folder / "sub-b.txt").write_bytes("ä".encode())
    return folder


def test_hashes_are_those_of_dvc(tmp_path):
    filled(tmp_path / "data")
    (tmp_path / "alone.txt").write_bytes(b"bee")
    with Repo.init(str(tmp_path), no_scm=True) as repo:
        for path in ("data", "alone.txt"):
            (stage,) = repo.add(str(tmp_path / path))
            assert scan(tmp_path / path).dvc_md5 == stage.outs[0].hash_info.value


def test_fingerprints_are_those_of_receipts(tmp_path):
    folder = filled(tmp_path / "data")
    (folder / ".hidden").write_text("x")
    for path in (folder, folder / "b.txt"):
        assert scan(path).fingerprint == fingerprint(path)


def test_nothing_there(tmp_path):
    assert scan(tmp_path / "none") is None


def test_links_are_odd_but_for_those_of_dvc(tmp_path):
    """As with ``dvc config cache.type symlink``."""
    folder = filled(tmp_path / "data")
    # md5 of b"bee"
    cached = tmp_path / "files/md5/9d/fd70fdf15a3cb1ea00d7799ac6651b"
    cached.parent.mkdir(parents=True)
    (folder / "b.txt").rename(cached)
    (folder / "b.txt").symlink_to(cached)
    (folder / "c.txt").symlink_to("sub/a.txt")
    (folder / "d").symlink_to("sub")
    (folder / "e").symlink_to("nowhere")
    os.mkfifo(folder / "f")
    found = scan(folder)
    assert sorted(found.files) == ["b.txt", "sub-b.txt", "sub/a.txt"]
    assert found.odd == {
        "c.txt": "is a link to sub/a.txt",
        "d": "is a link to sub",
        "e": "is a link to nowhere",
        "f": "is no regular file",
    }
    cached.write_bytes(b"bed")
    assert scan(folder).odd["b.txt"].startswith("is a link to")
