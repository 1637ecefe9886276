"""Nothing half-written ever carries its final name."""

import errno
import fcntl
import os

import pytest

from dcgan_core.errors import UserError
from dcgan_core.files import publish, writing
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
    with writing(tmp_path / "old") as part:
        part.mkdir()
        (part / "b").write_text("2")
    assert os.listdir(tmp_path / "old") == ["b"]
    publish(tmp_path / "old", tmp_path / "new" / "deep")
    assert os.listdir(tmp_path / "new" / "deep") == ["b"]


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
