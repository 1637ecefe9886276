"""dcgan train, with a stand-in for Snakemake that tells what reached it."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from settings import ROOT

STAND_IN = """\
import os, signal, subprocess, sys, time
came = []
signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
print("run", *sys.argv[1:], os.environ["PATH"].split(os.pathsep)[0], flush=True)
open("ready", "w").close()
end = time.monotonic() + float(os.environ.get("WAIT", 0))
while time.monotonic() < end and not came:
    time.sleep(0.01)
time.sleep(0.5 if came else 0)
print("interrupts", len(came), flush=True)
sys.exit(int(os.environ.get("CODE", 0)))
"""


@pytest.fixture
def project(tmp_path):
    """A project's settings, and a module that takes Snakemake's place."""
    root = tmp_path / "project"
    root.mkdir()
    shutil.copy(ROOT / "params.yaml", root)
    (root / "Snakefile").touch()
    (root / "snakemake.py").write_text(STAND_IN)
    return root


def start(root, *arguments, **variables):
    environment = {**os.environ, "PYTHONPATH": f"{root}:{ROOT / 'src'}", **variables}
    environment.pop("DCGAN_DEVICE", None)
    return subprocess.Popen(
        [sys.executable, "-m", "dcgan_core", "train", *arguments],
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Tests started in the background of a script inherit Ctrl-C ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def test_params_are_run_as_they_are_and_the_results_named(project):
    before = (project / "params.yaml").read_text()
    process = start(project)
    printed = process.communicate(timeout=60)[0].splitlines()
    assert process.returncode == 0
    assert printed[0] == f"run --profile cpu {os.path.dirname(sys.executable)}"
    assert printed[-3:] == [
        "pictures: results/64/samples.png",
        "to explore: results/64/explorer.html",
        "the page: results/summary/report.html",
    ]
    assert (project / "params.yaml").read_text() == before


def test_an_interrupt_is_passed_on_once_and_waited_for(project):
    process = start(project, WAIT="60", CODE="1")
    end = time.monotonic() + 60
    while not (project / "ready").exists() and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    printed = process.communicate(timeout=60)[0]
    assert process.returncode == 130
    assert "interrupts 1" in printed
    assert "stopped; to go on: dcgan train" in printed
    assert "Traceback" not in printed


def test_a_failure_is_told_with_the_code_and_the_remedy(project):
    process = start(project, CODE="3")
    printed = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert "snakemake ended with exit code 3" in printed


def test_choices_without_photos_are_refused(project):
    process = start(project, "--size", "32", "--few", "--dry-run")
    printed = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert "--size, --regime, --dry-run: without PHOTOS" in printed
    assert not (project / "ready").exists()
