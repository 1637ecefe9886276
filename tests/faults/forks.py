"""Runs commands in processes forked from one that has imported everything, and measures them.

As a program: reads one JSON object a line (``root``, ``command``, ``seconds``) and answers with one
(``status``, ``output``, ``seconds``, ``megabytes``). Starting Python and torch anew for each of
hundreds of inputs would take longer than all of them.
"""

import contextlib
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path


class Server:
    """The process that forks."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )

    def run(self, root: Path, command: tuple[str, ...], seconds: float) -> dict:
        """Run a command in ``root``; killed after ``seconds``, when its status is -9."""
        question = {"root": str(root), "command": command, "seconds": seconds}
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps(question), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        """End it."""
        self.process.communicate(timeout=10)


def _become(root: str, command: list[str], output: int) -> None:
    """Be that command: in a session of its own, so that it ends with all that it started."""
    os.setsid()
    os.chdir(root)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    name, *arguments = command
    if name == "dcgan":
        from dcgan_core.cli import main

        sys.exit(main(arguments))
    script = Path(root, "workflow/scripts", f"{name}.py")
    sys.argv = [str(script), *arguments]
    sys.path.insert(0, str(script.parent))
    runpy.run_path(str(script), run_name="__main__")


def _fork(root: str, command: list[str], seconds: float) -> dict:
    with tempfile.TemporaryFile("w+b") as output:
        started = time.monotonic()
        child = os.fork()
        if not child:
            status = 1
            try:
                _become(root, command, output.fileno())
                status = 0
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else int(end.code is not None)
                if isinstance(end.code, str):
                    print(end.code, file=sys.stderr)
            except BaseException:
                sys.excepthook(*sys.exc_info())
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
        while True:
            ended, status, usage = os.wait4(child, os.WNOHANG)
            if ended:
                break
            if time.monotonic() - started > seconds:
                os.kill(child, signal.SIGKILL)
            time.sleep(0.005)
        took = time.monotonic() - started
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        output.seek(0)
        told = output.read().decode("utf-8", "replace")
    return {
        "status": os.waitstatus_to_exitcode(status),
        "output": told,
        "seconds": took,
        "megabytes": usage.ru_maxrss / 1024,
    }


def _serve() -> None:
    for module in ("cli.sample", "evaluate.fidelity", "train.run"):
        import_module(f"dcgan_core.{module}")
    for line in sys.stdin:
        question = json.loads(line)
        answer = _fork(question["root"], question["command"], question["seconds"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))
    _serve()
