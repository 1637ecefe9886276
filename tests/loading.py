"""Which modules an import or a program loads, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

from settings import ROOT

RECORDER = ROOT / "tests/recorder"
"""Put on a process's path it writes down its modules, into the folder $LOADED_MODULES."""


def modules_written_down(folder: Path, program: str) -> set[str]:
    """What the processes of a program had loaded at their ends."""
    files = list(folder.glob(f"{program}-*"))
    assert files, program
    return {name for file in files for name in file.read_text().split()}


def modules_loaded_by(*modules: str) -> set[str]:
    """Names of all modules that are loaded once ``modules`` are."""
    code = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split())
