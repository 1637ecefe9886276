"""Snakemake as a process of its own, which is told whatever signals this one gets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from ..errors import UserError

PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_snakemake(profile: str) -> tuple[int, bool]:
    """Run the pipeline of the present folder to its end.

    It has a session of its own, so that Ctrl-C reaches it and its jobs once, by this process: a
    second one would cut their saving short.

    Args:
        profile: cpu, gpu or hpu.

    Returns:
        Its exit code, and whether it was asked to stop.

    Raises:
        UserError: it is not installed here.
    """
    if find_spec("snakemake") is None:
        raise UserError(
            f"snakemake is not installed for {sys.executable}. make run sets everything up; it "
            "takes Python 3.11 or later."
        )
    home = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": os.pathsep.join([home, os.environ.get("PATH", "")])}
    with _signals_kept() as waiting:
        process = subprocess.Popen(
            [sys.executable, "-m", "snakemake", "--profile", profile],
            env=environment,
            start_new_session=True,
        )
        stopped = waiting.pass_on_to(process)
    return process.returncode, stopped


class _Waiting:
    """Signals that came, and whom they are for."""

    def __init__(self) -> None:
        self._came: list[int] = []
        self._group: int | None = None

    def take(self, number: int, _frame: object) -> None:
        self._came.append(number)
        if self._group is not None:
            # It may have ended by itself just now.
            with suppress(ProcessLookupError):
                os.killpg(self._group, number)

    def pass_on_to(self, process: subprocess.Popen) -> bool:
        """Wait for its end; whether there were signals to pass on."""
        earlier = list(self._came)
        self._group = process.pid
        for number in earlier:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
        process.wait()
        return bool(self._came)


@contextmanager
def _signals_kept() -> Iterator[_Waiting]:
    waiting = _Waiting()
    # One that is ignored here, as under nohup, Snakemake ignores too.
    heeded = [number for number in PASSED_ON if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, waiting.take) for number in heeded}
    try:
        yield waiting
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
