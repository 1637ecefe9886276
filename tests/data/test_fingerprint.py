"""A fingerprint changes with content and names, and with nothing else."""

from __future__ import annotations

import json
import logging
import os
import shutil
from pathlib import Path

import pytest

from dcgan_core.data import fingerprint as module
from dcgan_core.data.fingerprint import fingerprint
from dcgan_core.data.walk import regular_files
from dcgan_core.errors import UserError

OLD = 1_000_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "f"
    (place / "sub").mkdir(parents=True)
    for name in ("a.txt", "sub/b.txt", "sub/c.txt"):
        (place / name).write_text(name)
        os.utime(place / name, (OLD, OLD))
    return place


def test_depends_on_content_and_names_only(folder: Path, tmp_path: Path) -> None:
    first = fingerprint(folder)
    shutil.copytree(folder, tmp_path / "copy")
    os.utime(folder / "a.txt")
    (folder / ".DS_Store").write_text("x")
    (folder / "Thumbs.db").write_text("x")
    (folder / ".git").mkdir()
    (folder / ".git/config").write_text("x")
    (folder / "empty").mkdir()
    assert first == fingerprint(folder) == fingerprint(tmp_path / "copy")
    assert len(first) == 64
    (folder / "a.txt").rename(folder / "z.txt")
    renamed = fingerprint(folder)
    (folder / "z.txt").write_text("other")
    assert len({first, renamed, fingerprint(folder)}) == 3


def test_one_file_and_none(folder: Path, tmp_path: Path) -> None:
    assert fingerprint(tmp_path / "nothing") == "missing"
    shutil.copy(folder / "a.txt", tmp_path / "other-name")
    assert (
        fingerprint(folder / "a.txt") == fingerprint(tmp_path / "other-name") != fingerprint(folder)
    )


def test_a_second_call_reads_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "state/cache.json"
    first = fingerprint(folder, cache)
    read: list[str] = []
    whole = module.sha256_file
    monkeypatch.setattr(module, "sha256_file", lambda path: read.append(path.name) or whole(path))
    assert fingerprint(folder, cache) == first
    assert read == []
    (folder / "sub/b.txt").write_text("changed!!")
    os.utime(folder / "sub/b.txt", (OLD + 1, OLD + 1))
    assert fingerprint(folder, cache) != first
    assert read == ["b.txt"]


def test_a_file_changed_just_now_is_not_remembered(folder: Path, tmp_path: Path) -> None:
    (folder / "a.txt").write_text("new")
    fingerprint(folder, tmp_path / "cache.json")
    remembered = json.loads((tmp_path / "cache.json").read_text())
    assert {Path(key).name for key in remembered} == {"b.txt", "c.txt"}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a": 3}', "\x00\xff", "[" * 100_000])
def test_a_damaged_cache_is_made_anew(folder: Path, tmp_path: Path, content: str) -> None:
    cache = tmp_path / "cache.json"
    cache.write_bytes(content.encode("latin-1"))
    assert fingerprint(folder, cache) == fingerprint(folder)
    assert len(json.loads(cache.read_text())) == 3


def test_entries_of_other_kinds_are_not_believed(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache.json"
    whole = fingerprint(folder, cache)
    known = json.loads(cache.read_text())
    cache.write_text(json.dumps({key: [*entry[:2], 5] for key, entry in known.items()}))
    assert fingerprint(folder, cache) == whole


def test_slow_hashing_is_logged(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "SLOW_SECONDS", -1.0)
    with caplog.at_level(logging.INFO):
        fingerprint(folder)
    assert "hashed 3 files" in caplog.text


def test_a_link_to_a_file_counts_as_the_file(folder: Path) -> None:
    (folder / "link.txt").symlink_to(folder / "a.txt")
    names = [name for name, _ in regular_files(folder)]
    assert names == ["a.txt", "link.txt", "sub/b.txt", "sub/c.txt"]
    before = fingerprint(folder)
    (folder / "a.txt").write_text("changed")
    assert fingerprint(folder) != before


def test_links_that_dvc_does_not_see_are_refused(folder: Path) -> None:
    link = folder / "sub/up"
    link.symlink_to(folder, target_is_directory=True)
    with pytest.raises(UserError, match=r"sub/up: a link to a folder, .* name the link's target"):
        regular_files(folder)
    link.unlink()
    link.symlink_to(folder / "nowhere")
    with pytest.raises(UserError, match="sub/up: a link to nothing"):
        regular_files(folder)
    link.rename(folder / "sub/.hidden")
    with pytest.raises(UserError, match="hidden: a link to nothing"):
        regular_files(folder)


def test_a_file_too_large_for_an_image_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"a")
    (tmp_path / "huge.png").touch()
    before = fingerprint(tmp_path, largest=1 << 30)
    os.truncate(tmp_path / "huge.png", 1 << 40)
    assert fingerprint(tmp_path, largest=1 << 30) not in (before, "missing")
