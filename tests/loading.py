"""Which modules an import loads, in a process of its own."""

import os
import subprocess
import sys

from settings import ROOT


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
