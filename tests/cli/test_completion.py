"""Completion, asked for by a real bash."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from settings import ROOT

SHELL = """
eval "$("$PYTHON" -c 'import argcomplete; print(argcomplete.shellcode(["dcgan"]))')"
COMP_LINE=$LINE COMP_POINT=${#LINE} COMP_TYPE=9
_python_argcomplete dcgan
printf '%s\\n' "${COMPREPLY[@]}"
"""
needs_argcomplete = pytest.mark.skipif(
    importlib.util.find_spec("argcomplete") is None or shutil.which("bash") is None,
    reason="completion needs the package argcomplete and bash",
)


@pytest.fixture
def project(tmp_path):
    for size in ("64", "157x128"):
        (tmp_path / "results" / size / "snapshots").mkdir(parents=True)
    (tmp_path / "recipes").symlink_to(ROOT / "recipes")
    (tmp_path / "bin").mkdir()
    launcher = tmp_path / "bin/dcgan"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dcgan_core "$@"\n')
    launcher.chmod(0o755)
    return tmp_path


def completed(project, line):
    """What bash offers after a line, without the blanks that it adds."""
    paths = [str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {
        **os.environ,
        "PATH": f"{project / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(str(Path(path).absolute()) for path in paths),
        "PYTHON": sys.executable,
        "LINE": line,
    }
    done = subprocess.run(
        ["bash", "--norc", "-c", SHELL],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
    )
    return {word.strip() for word in done.stdout.splitlines()} - {""}


@needs_argcomplete
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("dcgan sam", {"sample"}),
        ("dcgan c", {"circle", "clean", "compare"}),
        ("dcgan sample --trun", {"--truncation"}),
        ("dcgan sample --format ", {"png", "webp", "npz"}),
        ("dcgan film --size ", {"64", "157x128"}),
        ("dcgan sample --device ", {"cpu", "gpu", "hpu", "mps"}),
        ("dcgan sample res", {"results/"}),
        ("dcgan recipe show tutorial-", {"tutorial-64"}),
    ],
)
def test_what_bash_offers(project, line, offered):
    assert completed(project, line) == offered


def test_without_the_package_nothing_runs(project):
    """The shell's part may be there from another environment."""
    script = "import sys; sys.modules['argcomplete'] = None; import dcgan_core.cli as c; c.main([])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "_ARGCOMPLETE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=project, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stdout == ""
