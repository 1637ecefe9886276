"""What a killed writer leaves is removed by the next one, and what a living one holds is not."""

import fcntl
import os
import signal
import subprocess
import sys

import pytest

from dcgan_core.files import writing, writing_folder
from dcgan_core.parts import sweep

WRITER = """
import os, sys, time
from pathlib import Path
from dcgan_core.files import writing, writing_folder
folder = sys.argv[2] == "folder"
with (writing_folder(sys.argv[1], mark="x") if folder else writing(sys.argv[1])) as part:
    (part / "x" if folder else part).write_text("half")
    print("writing", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def writer(environment):
    """A function that starts a process which writes a target and does not end by itself."""
    started = []

    def start(target, kind="file") -> subprocess.Popen:
        command = [sys.executable, "-c", WRITER, str(target), kind]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
        started.append(process)
        assert process.stdout.readline() == b"writing\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def parts(folder) -> list[str]:
    return [name for name in os.listdir(folder) if ".part-" in name]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_a_killed_writer_left_goes_when_the_target_is_written_next(tmp_path, writer, kind):
    for _ in range(2):
        process = writer(tmp_path / "x", kind)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert len(parts(tmp_path)) == 1
    if kind == "file":
        with writing(tmp_path / "x") as part:
            part.write_text("whole")
    else:
        with writing_folder(tmp_path / "x", mark="x") as part:
            (part / "x").write_text("whole")
    assert os.listdir(tmp_path) == ["x"]


def test_what_a_living_writer_holds_stays(tmp_path, writer):
    process = writer(tmp_path / "x")
    (held,) = parts(tmp_path)
    sweep(tmp_path / "x")
    with writing(tmp_path / "x") as part:
        part.write_text("mine")
    assert parts(tmp_path) == [held]
    assert (tmp_path / held / "x").read_text() == "half"
    assert (tmp_path / "x").read_text() == "mine"
    process.kill()
    process.wait()
    sweep(tmp_path / "x")
    assert os.listdir(tmp_path) == ["x"]


def test_two_writers_of_one_process_do_not_meet(tmp_path):
    with writing(tmp_path / "x") as one, writing(tmp_path / "x") as other:
        one.write_text("one")
        other.write_text("other")
    assert (tmp_path / "x").read_text() == "one"
    assert os.listdir(tmp_path) == ["x"]


def test_only_parts_of_the_same_target_go(tmp_path):
    names = [".y.part-1a", ".x.part-", ".x.part-mine", "x.part-1a", ".xx.part-1a", ".x.partial"]
    for name in names:
        (tmp_path / name).write_text("")
    (tmp_path / ".x.part-7").mkdir()
    (tmp_path / ".x.part-12345").write_text("")
    sweep(tmp_path / "x")
    assert sorted(os.listdir(tmp_path)) == sorted(names)


def test_the_same_process_id_may_come_back(tmp_path):
    (tmp_path / f".x.part-{os.getpid()}/sub").mkdir(parents=True)
    with writing(tmp_path / "x") as part:
        part.write_text("whole")
    assert os.listdir(tmp_path) == ["x"]


def test_a_part_whose_owner_has_not_yet_its_lock_is_begun_again(tmp_path, monkeypatch):
    """Another process sweeps between the making of the folder and of its lock."""
    flock, swept = fcntl.flock, []

    def sweep_first(stream, operation):
        if not swept:
            swept.append(stream.name)
            sweep(tmp_path / "x")
        flock(stream, operation)

    monkeypatch.setattr(fcntl, "flock", sweep_first)
    with writing(tmp_path / "x") as part:
        assert part.parent.is_dir()
        part.write_text("whole")
    assert swept
    assert os.listdir(tmp_path) == ["x"]
