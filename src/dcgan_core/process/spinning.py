"""How long PyTorch's threads wait for each other without letting go of their cores."""

import os

VARIABLE, TURNS = "GOMP_SPINCOUNT", "2000"
CHOSEN_BY = ("OMP_WAIT_POLICY", VARIABLE)
"""What people choose themselves by; then nothing is set."""


def wait_briefly() -> None:
    """Let threads of GNU's OpenMP sleep soon where another thread is not done yet.

    Its own 300,000 turns are milliseconds. Where another process has the core that the others wait
    for, a step of hundreds of small operations waits that long at each of them. Call this before
    PyTorch is loaded; processes that are started later get the same.
    """
    if not any(name in os.environ for name in CHOSEN_BY):
        os.environ[VARIABLE] = TURNS
