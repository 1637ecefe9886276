"""What OpenMP itself says of how long its threads wait, in a process that loads PyTorch."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow/scripts"
PROGRAM = f"import sys; sys.path.insert(0, {str(SCRIPTS)!r}); import root, torch"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "2000"),
        ({"GOMP_SPINCOUNT": "70"}, "70"),
        ({"OMP_WAIT_POLICY": "passive"}, "0"),
    ],
)
def test_threads_wait_as_long_as_chosen(environment, given, expected):
    kept = {
        name: value
        for name, value in environment.items()
        if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")
    }
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**kept, **given, "OMP_DISPLAY_ENV": "verbose"},
        capture_output=True,
        text=True,
        check=True,
    )
    told = re.search(r"GOMP_SPINCOUNT = '(\d+)'", result.stderr)
    if told is None:
        pytest.skip("this PyTorch's OpenMP is not GNU's")
    assert told[1] == expected
