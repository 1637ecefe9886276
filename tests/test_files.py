"""Nothing half-written ever carries its final name."""

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dcgan_core.errors import UserError
from dcgan_core.files import move, writing, writing_folder
from dcgan_core.process.locks import hold


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path):
    target = tmp_path / "x.txt"
    target.write_text("old")

    def fail_midway():
        with writing(target) as part:
            part.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_midway()
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["x.txt"]


def test_folders_are_replaced_whole(tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "a").write_text("1")
    (tmp_path / "old" / "b").write_text("1")
    with writing_folder(tmp_path / "old", mark="b") as part:
        (part / "b").write_text("2")
    assert os.listdir(tmp_path / "old") == ["b"]
    assert (tmp_path / "old/b").read_text() == "2"
    move(tmp_path / "old", tmp_path / "new" / "deep")
    assert os.listdir(tmp_path / "new" / "deep") == ["b"]
    assert os.listdir(tmp_path) == ["new"]


def write_file(target):
    with writing(target) as part:
        part.write_text("new")


def write_folder(target):
    with writing_folder(target, mark="mark") as part:
        (part / "mark").write_text("new")


def contents(folder: Path) -> dict[str, str | None]:
    """Every path below a folder, with the text of those that are files."""
    return {
        str(path.relative_to(folder)): path.read_text() if path.is_file() else None
        for path in folder.rglob("*")
    }


def test_a_folder_is_not_replaced_by_a_file(tmp_path):
    (tmp_path / "x.png").mkdir()
    (tmp_path / "x.png/mine").write_text("years of work")
    before = contents(tmp_path)
    with pytest.raises(UserError, match=r"x.png: is a folder.*Move the folder away"):
        write_file(tmp_path / "x.png")
    assert contents(tmp_path) == before


def test_a_folder_that_came_while_the_file_was_made_is_not_replaced(tmp_path):
    def write():
        with writing(tmp_path / "x") as part:
            part.write_text("new")
            (tmp_path / "x").mkdir()

    with pytest.raises(UserError, match="is a folder"):
        write()
    assert contents(tmp_path) == {"x": None}


@pytest.mark.parametrize("names", [["mine"], ["mine", "sub/deep"]])
def test_a_folder_of_somebody_else_is_not_replaced(tmp_path, names):
    for name in names:
        (tmp_path / "x" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "x" / name).write_text("years of work")
    before = contents(tmp_path)
    with pytest.raises(UserError, match=r"x: holds mine and has no mark"):
        write_folder(tmp_path / "x")
    assert contents(tmp_path) == before


def test_a_file_is_not_replaced_by_a_folder(tmp_path):
    (tmp_path / "x").write_text("mine")
    with pytest.raises(UserError, match=r"x: is a file"):
        write_folder(tmp_path / "x")
    assert contents(tmp_path) == {"x": "mine"}


def test_an_empty_folder_and_an_own_one_are_replaced(tmp_path):
    (tmp_path / "x").mkdir()
    for _ in range(2):
        write_folder(tmp_path / "x")
        assert contents(tmp_path) == {"x": None, "x/mark": "new"}


def test_an_old_folder_comes_back_if_the_new_one_cannot_take_its_place(tmp_path, monkeypatch):
    write_folder(tmp_path / "x")
    (tmp_path / "x/mark").write_text("old")
    replace = os.replace

    def refuse(source, target):
        if Path(source).name == "x" and ".part-" in Path(source).parent.name:
            raise OSError(errno.EIO, "Input/output error")
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="Input/output"):
        write_folder(tmp_path / "x")
    assert contents(tmp_path) == {"x": None, "x/mark": "old"}


def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path):
    big, project = tmp_path / "big", tmp_path / "project"
    write_file(big / "file")
    write_folder(big / "folder")
    for text in (big / "file", big / "folder/mark"):
        text.write_text("old")
    project.mkdir()
    for name in ("file", "folder"):
        (project / name).symlink_to(Path("..") / "big" / name)
    write_file(project / "file")
    write_folder(project / "folder")
    assert (project / "file").is_symlink()
    assert (project / "folder").is_symlink()
    assert contents(big) == {"file": "new", "folder": None, "folder/mark": "new"}
    assert sorted(os.listdir(project)) == ["file", "folder"]


def test_a_link_into_dvcs_cache_is_replaced_and_the_cache_stays(tmp_path):
    """DVC makes them with ``cache.type symlink``; its cache holds each content under its hash."""
    cached = tmp_path / "cache/files/md5/ab" / ("c" * 30)
    write_file(cached)
    cached.write_text("old")
    (tmp_path / "x").symlink_to(cached)
    write_file(tmp_path / "x")
    assert not (tmp_path / "x").is_symlink()
    assert ((tmp_path / "x").read_text(), cached.read_text()) == ("new", "old")


@pytest.mark.parametrize("leads_to", ["gone/x", "x"])
def test_a_link_to_nothing_is_told(tmp_path, leads_to):
    (tmp_path / "x").symlink_to(leads_to)
    for write in (write_file, write_folder):
        with pytest.raises(UserError, match=rf"x: is a link to {leads_to}, which is not there"):
            write(tmp_path / "x")
    assert os.listdir(tmp_path) == ["x"]


def test_a_folder_above_that_is_a_file_is_told(tmp_path):
    (tmp_path / "results").write_text("")
    with pytest.raises(UserError, match=r"results is a file"):
        write_file(tmp_path / "results/16/x")


LIMITED = """
import resource, signal, sys
from dcgan_core.errors import UserError
from dcgan_core.files import write_bytes
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
try:
    write_bytes(sys.argv[1], bytes(3_500_000))
except UserError as error:
    print(error)
"""


def test_how_much_is_missing_is_told_and_the_old_file_stays(tmp_path, environment):
    (tmp_path / "state.pt").write_text("old")
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "state.pt")]
    result = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert f"in {tmp_path}: of 3.5 MB, 2.5 MB are missing" in result.stdout
    assert len(result.stdout.splitlines()) == 1
    assert result.stderr == ""
    assert contents(tmp_path) == {"state.pt": "old"}


def test_a_clean_up_that_fails_does_not_hide_why_the_writing_did(tmp_path, monkeypatch):
    def full():
        with writing(tmp_path / "x") as part:
            part.write_text("half")
            monkeypatch.setattr(os, "rmdir", refused)
            monkeypatch.setattr(os, "unlink", refused)
            raise OSError(errno.ENOSPC, "No space left on device")

    def refused(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    with pytest.raises(UserError, match="no space left"):
        full()


def test_a_lock_is_held_by_one_and_freed_by_closing(tmp_path):
    first = hold(tmp_path / "lock")
    assert hold(tmp_path / "lock") is None
    first.close()
    assert hold(tmp_path / "lock") is not None


def test_a_file_system_without_locks_is_named(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(UserError, match=r"lock: its file system takes no locks"):
        hold(tmp_path / "lock")
