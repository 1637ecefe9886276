"""A folder of anything becomes a raw folder that lists all of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from dcgan_core.data import manifest
from dcgan_core.data.sources import fetch
from dcgan_core.errors import UserError
from dcgan_core.files import sha256_file


def make(path: Path, colour: str = "red", format: str = "PNG") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), colour).save(path, format)


def test_every_file_is_accounted_for(tmp_path: Path, download) -> None:
    own = tmp_path / "own"
    make(own / "a.png")
    make(own / "deep/er/b.JPG", format="JPEG")
    make(own / "no-extension", format="WEBP")
    (own / "broken.jpg").write_text("x")
    (own / "labels.csv").write_text("a,1\n")
    (own / "manifest.json").write_text("{}")
    (own / ".hidden.png").write_text("x")
    (own / "Thumbs.db").write_text("x")
    fetch(download(path=str(own)), tmp_path / "raw")
    found = manifest.read(tmp_path / "raw")
    assert [entry.file for entry in found.files] == [
        "images/a.png", "images/broken.jpg", "images/deep/er/b.JPG", "images/no-extension"
    ]  # fmt: skip
    assert [entry.file for entry in found.rejected] == ["labels.csv", "manifest.json"]
    assert "not an image" in found.rejected[0].reason
    manifest.check(tmp_path / "raw", found, hashes=True)
    assert found.files[2].origin == "deep/er/b.JPG"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own", "raw"]


def test_the_manifest_says_nothing_of_time_and_place(
    tmp_path: Path, download, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = []
    for name in ("one", "two"):
        make(tmp_path / name / "a.png")
        monkeypatch.chdir(tmp_path / name)
        (tmp_path / name / "own").mkdir()
        (tmp_path / name / "a.png").rename(tmp_path / name / "own/a.png")
        fetch(download(path="own"), Path("raw"))
        contents.append((tmp_path / name / "raw/manifest.json").read_bytes())
    assert contents[0] == contents[1]


def test_missing_empty_and_imageless(tmp_path: Path, download) -> None:
    own = tmp_path / "own"
    with pytest.raises(UserError, match=r"own: not found.*download\.path"):
        fetch(download(path=str(own)), tmp_path / "raw")
    own.mkdir()
    with pytest.raises(UserError, match=r"own: empty: no files in it.*Put images in it"):
        fetch(download(path=str(own)), tmp_path / "raw")
    (own / "notes.txt").write_text("x")
    with pytest.raises(UserError, match="1 files, none of them an image"):
        fetch(download(path=str(own)), tmp_path / "raw")
    with pytest.raises(UserError, match="a file, not a folder"):
        fetch(download(path=str(own / "notes.txt")), tmp_path / "raw")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own"]


def test_its_own_output_is_not_taken_for_images(tmp_path: Path, download) -> None:
    make(tmp_path / "data/a.png")
    with pytest.raises(UserError, match="folder of their own"):
        fetch(download(path=str(tmp_path / "data")), tmp_path / "data/raw/folder")


def test_a_failed_run_leaves_the_last_one_whole(tmp_path: Path, download) -> None:
    make(tmp_path / "own/a.png")
    fetch(download(path=str(tmp_path / "own")), tmp_path / "raw")
    before = (tmp_path / "raw/manifest.json").read_bytes()
    with pytest.raises(UserError):
        fetch(download(path=str(tmp_path / "nothing")), tmp_path / "raw")
    assert (tmp_path / "raw/manifest.json").read_bytes() == before


def test_odd_names_are_kept(tmp_path: Path, download) -> None:
    own = tmp_path / "own"
    make(own / "ä b\n.png")
    fetch(download(path=str(own)), tmp_path / "raw")
    manifest.check(tmp_path / "raw", manifest.read(tmp_path / "raw"), hashes=True)


def test_a_name_that_is_no_text_is_refused_as_dvc_cannot_store_it(tmp_path: Path, download) -> None:
    own = tmp_path / "own"
    make(own / "a.png")
    os.rename(own / "a.png", os.fsencode(own) + b"/\xff\xfe.png")
    with pytest.raises(UserError, match="not UTF-8") as told:
        fetch(download(path=str(own)), tmp_path / "raw")
    str(told.value).encode("utf-8")


def test_manifest_checks(tmp_path: Path, download) -> None:
    make(tmp_path / "own/a.png")
    fetch(download(path=str(tmp_path / "own")), tmp_path / "raw")
    found = manifest.read(tmp_path / "raw")
    assert found.files[0].sha256 == sha256_file(tmp_path / "own/a.png")
    make(tmp_path / "raw/images/a.png", "blue")
    manifest.check(tmp_path / "raw", found)
    with pytest.raises(UserError, match="was changed"):
        manifest.check(tmp_path / "raw", found, hashes=True)
    path = tmp_path / "raw/manifest.json"
    path.write_text(path.read_text().replace('"schema": 1', '"schema": 99'))
    with pytest.raises(UserError, match="schema 99"):
        manifest.read(tmp_path / "raw")
    path.write_text('{"schema": 1}')
    with pytest.raises(UserError, match="not a manifest"):
        manifest.read(tmp_path / "raw")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("name", ["own/sub", "own/sub/a.png"])
def test_what_may_not_be_read(tmp_path: Path, download, name: str) -> None:
    make(tmp_path / "own/sub/a.png")
    (tmp_path / name).chmod(0)
    try:
        with pytest.raises(UserError, match=r"sub.*read"):
            fetch(download(path=str(tmp_path / "own")), tmp_path / "raw")
    finally:
        (tmp_path / name).chmod(0o700)
