"""What the docs say of the code is what the code says."""

import subprocess
import sys

from settings import ROOT


def test_generated_pages_are_current():
    result = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
