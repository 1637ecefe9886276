"""Runs killed with SIGKILL at random moments, each followed by the same command and nothing else.

    PYTHONPATH=src:tests python tests/faults/kills.py --engine dvc --table dvc.csv

Every trial takes a finished tiny project, changes one setting, starts the engine, and kills it in
the middle of one stage: all of its processes, or in every second trial the engine's own alone, so
that the stage's script works on without it. The same command must then end in the files of a run
that was never killed, but for times, and leave no temporary file.
"""

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from project import ENVIRONMENT, Project

from dcgan_core.tables import write_table
from dcgan_core.verify.wall_times import measured_in, without_times

ENGINES = {
    "snakemake": ["snakemake", "--profile", "cpu", "--cores", "1"],
    "dvc": ["dvc", "repro"],
}
CHANGES: dict[str, dict] = {
    "source": {"download.count": 88},
    "download": {"download.count": 88},
    "resize": {"resize.filter": "box"},
    "normalize": {"normalize.test": 0.15},
    "train": {"train.seed": 9},
    "train in two processes": {"train.seed": 9},
    "sample": {"sample.seed": 9},
    "gif": {"gif.frame_ms": 40},
    "parzen": {"parzen.seed": 9},
    "fidelity": {"fidelity.seed": 9},
    "summary": {"sample.walk_frame_ms": 90},
    "finish": {"gif.frame_ms": 50},
}
"""What is killed, and the setting whose change makes it run; finish.py is Snakemake's alone."""

TURNS = ("sample", "gif", "parzen", "fidelity", "summary", "finish")
EARLY = ("source", "train", "download", "train in two processes", "resize", "train", "normalize")
"""What one trial after the other kills: those six, then the next two of these, and so on. Whatever
comes before a training costs a whole run each time."""

HASHES_OF_TIMES = re.compile(r"results/receipts/(train@.*|summary)\.json")
"""Receipts with the hashes of files that hold times; ``dcgan verify`` compares those with them."""


@dataclass(frozen=True)
class Trial:
    """One row of the table."""

    number: int
    engine: str
    target: str
    killed: str
    """``group`` or ``main``."""
    share: float
    """Of the target's usual time, at which the kill came."""
    running: str
    """The scripts that were at work then."""
    differing: str
    left_over: str
    clean: bool
    """Whether both engines had nothing to do afterwards, and ``dcgan verify`` found no fault."""
    seconds: float

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return self.clean and not self.differing and not self.left_over


def contents(root: Path) -> dict[str, object]:
    """All files under data and results, as they are compared."""
    found: dict[str, object] = {}
    for path in sorted([*(root / "data").rglob("*"), *(root / "results").rglob("*")]):
        name = str(path.relative_to(root))
        # Snakemake's mark in folders that it has seen.
        if path.is_file() and path.name != ".snakemake_timestamp":
            measured = measured_in(name)
            content = without_times(path, measured) if measured else path.read_bytes()
            found[name] = None if HASHES_OF_TIMES.match(name) else content
    return found


def left_over(root: Path) -> list[str]:
    """Temporary files of this project, and resume state of stages that have ended."""
    parts = [*root.rglob(".*.part-*"), *root.glob(".dcgan/state/*/*")]
    return [str(path.relative_to(root)) for path in parts if ".git" not in path.parts]


def at_work(session: int) -> dict[str, str]:
    """Command lines of the processes of a session, by process id."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ProcessLookupError):
            if os.getsid(int(folder.name)) == session:
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found[folder.name] = words.strip()
    return found


def scripts(session: int) -> set[str]:
    """The stages whose scripts a session runs."""
    return {
        match[1]
        for line in at_work(session).values()
        if (match := re.match(r"\S*python\S* workflow/scripts/(\w+)\.py", line))
    }


class Run:
    """An engine at work in a session of its own."""

    def __init__(self, project: Project, command: list[str], environment: dict[str, str]):
        self.output = tempfile.TemporaryFile("w+")  # noqa: SIM115 - read when the run has ended
        self.process = subprocess.Popen(
            command,
            cwd=project.root,
            env={**ENVIRONMENT, **environment},
            start_new_session=True,
            stdout=self.output,
            stderr=subprocess.STDOUT,
        )

    def wait_for(self, script: str) -> None:
        """Until the script has started, or the run has ended."""
        while self.process.poll() is None and script not in scripts(self.process.pid):
            time.sleep(0.01)

    def last(self, script: str) -> float:
        """Wait for the script and for its end: how long it took, in seconds."""
        self.wait_for(script)
        started = time.monotonic()
        while script in scripts(self.process.pid):
            time.sleep(0.01)
        return time.monotonic() - started

    def end(self) -> None:
        """Wait for a good end.

        Raises:
            AssertionError: it failed, with its output.
        """
        status = self.process.wait(timeout=900)
        self.output.seek(0)
        assert not status, self.output.read()


def unkilled(base: Project, folder: Path, target: str, engine: str) -> tuple[dict, float]:
    """What a run that nobody kills leaves, and how long its target's script takes."""
    project, environment = changed(base, folder, target)
    run = Run(project, ENGINES[engine], environment)
    took = run.last(target.split()[0])
    run.end()
    return contents(project.root), took


def changed(base: Project, folder: Path, target: str) -> tuple[Project, dict[str, str]]:
    """A copy of the finished project with the target's setting changed."""
    project = base.copy(folder)
    project.change(CHANGES[target])
    return project, {"DCGAN_PROCESSES": "2"} if "two processes" in target else {}


def trial(
    number: int, base: Project, folder: Path, target: str, engine: str, known: tuple[dict, float]
) -> Trial:
    """Kill one run, give the same command again, and look."""
    rng, started = random.Random(f"{number} {engine}"), time.monotonic()
    expected, usual = known
    killed, share = rng.choice(("group", "main")), rng.random()
    project, environment = changed(base, folder, target)
    run = Run(project, ENGINES[engine], environment)
    run.wait_for(target.split()[0])
    time.sleep(share * usual)
    running = sorted(scripts(run.process.pid))
    (os.killpg if killed == "group" else os.kill)(run.process.pid, signal.SIGKILL)
    run.process.wait()
    try:
        Run(project, ENGINES[engine], environment).end()
        found = contents(project.root)
        differing = [
            name
            for name in sorted({*found, *expected})
            if name not in found or name not in expected or found[name] != expected[name]
        ]
        clean = not project.pending_in_snakemake() and not project.pending_in_dvc()
        project.run("python", "-m", "dcgan_core", "verify", environment={"PYTHONPATH": "src"})
        over = left_over(project.root)
    except AssertionError as error:
        print(error, file=sys.stderr)
        differing, clean, over = ["a command failed"], False, []
    with suppress(ProcessLookupError):
        os.killpg(run.process.pid, signal.SIGKILL)
    result = Trial(
        number,
        engine,
        target,
        killed,
        round(share, 3),
        " ".join(running),
        " ".join(differing),
        " ".join(over),
        clean,
        round(time.monotonic() - started, 1),
    )
    if result.good:
        shutil.rmtree(folder)
    return result


def target_of(number: int, engine: str) -> str:
    """What the trial of that number kills."""
    turns = [name for name in TURNS if engine == "snakemake" or name != "finish"]
    cycle, place = divmod(number, len(turns) + 2)
    if place < len(turns):
        return turns[place]
    return EARLY[(2 * cycle + place - len(turns)) % len(EARLY)]


def series(
    engine: str, numbers: list[int], seed: int, folder: Path, table: Path | None = None
) -> list[Trial]:
    """These trials, all from one finished project in ``folder``.

    Args:
        engine: ``snakemake`` or ``dvc``.
        numbers: of the trials; each says by itself what is killed, and with ``seed`` when.
        seed: shifts the numbers, so that another seed kills at other moments.
        folder: an empty one, for the projects.
        table: a CSV file, written anew after each trial.
    """
    base = Project.fresh(folder / "base")
    base.run(*ENGINES["snakemake"])
    base.commit("finished")
    known, trials = {}, []
    for number in numbers:
        target = target_of(number, engine)
        if target not in known:
            known[target] = unkilled(base, folder / f"unkilled-{target}", target, engine)
        place = folder / str(number)
        trials.append(trial(1000 * seed + number, base, place, target, engine, known[target]))
        print(trials[-1], file=sys.stderr, flush=True)
        if table:
            write_table(table, [asdict(one) for one in trials])
    return trials


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", choices=ENGINES, required=True)
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--first", type=int, default=0, help="number of the first trial")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--table", type=Path, help="write the trials here, as CSV")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kills-"))
    numbers = list(range(arguments.first, arguments.first + arguments.trials))
    trials = series(arguments.engine, numbers, arguments.seed, folder, arguments.table)
    good = sum(one.good for one in trials)
    print(f"{good} of {len(trials)} ended like the run that was never killed ({folder})")
    sys.exit(good < len(trials))


if __name__ == "__main__":
    main()
