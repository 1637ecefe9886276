"""Processes of their own whose ``hpu`` is emulated."""

import json
import subprocess
import sys
from pathlib import Path

from project import ENVIRONMENT
from settings import ROOT

HERE = Path(__file__).parent
LAZY, EAGER = "1", "0"


class Emulator:
    """Starts processes whose ``hpu`` is emulated.

    Args:
        libraries: the folder with the two built libraries.
    """

    def __init__(self, libraries: Path):
        self.libraries = libraries

    def environment(self, mode: str, **more: str) -> dict[str, str]:
        """Variables that make a process find the emulated bridge; ``mode`` is LAZY or EAGER."""
        return {
            "HPU_EMULATOR": str(self.libraries),
            "PT_HPU_LAZY_MODE": mode,
            "PYTHONPATH": str(HERE / "emulator/site"),
            **more,
        }

    def run(self, child: str, mode: str, *arguments: str, **more: str) -> dict:
        """What ``child_<child>.py`` printed as its last line, read as JSON."""
        environment = self.environment(mode, **more)
        paths = [environment["PYTHONPATH"], str(ROOT / "src"), str(ROOT / "tests")]
        result = subprocess.run(
            [sys.executable, str(HERE / f"child_{child}.py"), *arguments],
            env={**ENVIRONMENT, **environment, "PYTHONPATH": ":".join(paths)},
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return json.loads(result.stdout.splitlines()[-1])
