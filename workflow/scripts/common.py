"""What every stage script does: find the package, read the settings, run, sign the key."""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from root import ROOT  # isort: skip

from dcgan_core import stages
from dcgan_core.device import add_device_option
from dcgan_core.errors import Interrupted, RankLost, ToldElsewhere, UserError
from dcgan_core.files import refusal, writing, writing_folder
from dcgan_core.params import Params, load_params
from dcgan_core.stages.dvc_lock import UNRECORDED, dvc_at_work
from dcgan_core.terminal import Formatter, Parser

log = logging.getLogger("dcgan")

CHANGED = (
    "params.yaml or the code was changed while this was running. Give the same command again to "
    "run it with the present settings."
)


@dataclass(frozen=True)
class Job:
    """One stage at one size, with everything its script needs.

    Attributes:
        origin: what the stage's key covers, as things stood when it began.
        leads: whether this process signs the key and publishes; of several ranks, the first.
        ran_on: what ``device`` has given, in its own words, for the receipt.
    """

    stage: stages.Stage
    params: Params
    size: str | None
    origin: stages.Origin
    device_name: str
    threads: int | None
    leads: bool
    ran_on: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The stage's key."""
        return self.origin.key

    def path(self, name: str) -> Path:
        """Where a file of the stage table lies, from the project's root.

        Args:
            name: of one of this stage's outputs, or ``stage.output`` for another's.
        """
        stage, _, output = name.rpartition(".")
        owner = stages.STAGES[stage] if stage else self.stage
        return owner.paths(self.params, self.size)[output]

    @property
    def state(self) -> Path:
        """This stage's folder of what resuming needs."""
        return stages.resume_folder(self.stage, self.size, self.key)

    @property
    def downloads(self) -> Path:
        """Downloads, whole and broken off; kept, so that nothing is downloaded twice."""
        return Path(stages.STATE) / "downloads"

    def device(self):
        """The device this job was given; never another one."""
        from dcgan_core.device import resolve

        device = resolve(self.device_name, self.threads)
        self.ran_on.append(device.describe())
        return device

    def publish(self) -> None:
        """Copy every output from the state folder to its place, each at once.

        Copied, not moved: until the key is signed, a kill must lose nothing.
        """
        from dcgan_core.sample.latents import FIXED_FILE

        for target in self.stage.paths(self.params, self.size).values():
            source = self.state / target.name
            if source.is_dir():
                with writing_folder(target, mark=FIXED_FILE) as folder:
                    for file in sorted(source.iterdir()):
                        shutil.copyfile(file, folder / file.name)
            else:
                with writing(target, source.stat().st_size) as part:
                    shutil.copyfile(source, part)


def _arguments(stage: stages.Stage, as_ranks: bool) -> argparse.Namespace:
    parser = Parser(
        description=f"Run the {stage.name} stage as params.yaml says. Snakemake and DVC call this."
    )
    if stage.sized:
        parser.add_argument(
            "--size", required=True, help='one of "sizes" in params.yaml: 64, 157x128'
        )
    add_device_option(parser)
    parser.add_argument("--threads", type=int, help="CPU threads (default: all cores)")
    if as_ranks:
        parser.add_argument(
            "--processes",
            default=os.environ.get("DCGAN_PROCESSES", "1"),
            help="how many share each batch; auto: one for each device (default: "
            "$DCGAN_PROCESSES, else 1; under torchrun its own)",
        )
    parser.add_argument(
        "--key", help="refuse to run unless settings and code still give the stage this key"
    )
    parser.add_argument("--log", type=Path, help="also write messages to this file")
    return parser.parse_args()


def _rank() -> int | None:
    """This process's rank as torchrun tells it; None outside torchrun."""
    from dcgan_core.device.distributed import launched

    world = launched()
    return world.rank if world else None


def _set_up_logging(path: Path | None, rank: int | None) -> None:
    # A log that cannot be written, on a full disk, must not cover what is told on the screen.
    logging.raiseExceptions = False
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if path and not rank:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if rank is None:
                path.write_text("")
        except OSError as error:
            print(f"{path}: the log cannot be written ({error.strerror}).", file=sys.stderr)
            sys.exit(UserError.exit_code)
        # The process that starts ranks and the first of them write to one file, in turn.
        handlers.append(logging.FileHandler(path, mode="a", encoding="utf-8"))
    for handler in handlers:
        handler.setFormatter(Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
        log.addHandler(handler)
    log.setLevel(logging.ERROR if rank else logging.INFO)


def _job(stage: stages.Stage, arguments: argparse.Namespace, leads: bool) -> Job:
    params = load_params()
    size = getattr(arguments, "size", None)
    if stage.sized and size not in params.sizes:
        raise UserError(f'size "{size}" is not in sizes of params.yaml: {", ".join(params.sizes)}')
    origin = stages.stage_origins(params)[stage.name]
    if arguments.key not in (None, origin.key):
        raise UserError(CHANGED)
    return Job(stage, params, size, origin, arguments.device, arguments.threads, leads)


def _watch_dvc() -> None:
    """If DVC runs this stage, have somebody there who puts dvc.lock right when it is killed."""
    process = dvc_at_work()
    if process is None:
        return
    subprocess.Popen(
        [sys.executable, Path(__file__).with_name("watch_dvc.py"), str(process)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _lead(job: Job, run: Callable[[Job], None], told_key: str | None) -> None:
    """Run the stage, and say what it wrote; Snakemake tells the key, and DVC does not."""
    stages.check_places(job.params, since=job.stage)
    stages.check_outputs(job.stage, job.size, job.params)
    stages.sweep_outputs(job.stage, job.size, job.params)
    stages.check_inputs(job.stage, job.size, job.params)
    stages.unsign(job.stage, job.size)
    run(job)
    # Snakemake waits for the key that it gave. DVC would record the results under the settings
    # that it reads now.
    renamed = not told_key and stages.stage_keys(load_params())[job.stage.name] != job.key
    device = ", ".join(job.ran_on) or None
    stages.write_receipt(job.stage, job.size, job.params, job.origin, device)
    if told_key:
        # Before the key: a kill between the two must not leave a result that DVC is never told of.
        UNRECORDED.touch()
    stages.sign(job.stage, job.size, job.key)
    shutil.rmtree(job.state, ignore_errors=True)
    if renamed:
        raise UserError(f"{CHANGED} The results are kept, as those of the settings before.")


def _run(
    stage: stages.Stage,
    run: Callable[[Job], None],
    arguments: argparse.Namespace,
    rank: int | None,
    as_ranks: bool,
) -> None:
    job = _job(stage, arguments, leads=not rank)
    if rank is not None:
        # Whoever started the ranks on one machine has the turn; training itself has a lock, too.
        return _lead(job, run, arguments.key) if job.leads else run(job)
    _watch_dvc()
    with stages.turn(stage, job.size) as waited:
        if waited and stages.complete(stage, job.size, job.params, job.key):
            log.info("%s: made by that process; nothing left to do", stage.name)
            return None
        if as_ranks:
            from launch import process_count, run_as_processes

            count = process_count(arguments.processes, arguments.device)
            if count > 1:
                sys.exit(run_as_processes(count))
        from dcgan_core.device.claim import claimed

        # Jobs that run at once each have a device, where there are several.
        with claimed(job.device_name, Path(stages.STATE) / "devices"):
            return _lead(job, run, arguments.key)


def main(name: str, run: Callable[[Job], None], as_ranks: bool = False) -> None:
    """Run ``run`` as the stage ``name``; exit with one clear line if it cannot be done.

    Args:
        as_ranks: whether several processes may share the stage. They run this same script inside
            torchrun: one that ``--processes`` starts here, or one that a cluster started.
    """
    stage = stages.STAGES[name]
    arguments = _arguments(stage, as_ranks)
    if arguments.log:
        # From where the command was typed, which the next line leaves.
        arguments.log = arguments.log.absolute()
    os.chdir(ROOT)
    rank = _rank() if as_ranks else None
    _set_up_logging(arguments.log, rank)
    try:
        _run(stage, run, arguments, rank, as_ranks)
    except ToldElsewhere as told:
        sys.exit(told.exit_code)
    except RankLost as error:
        # One voice on each machine; whoever started the ranks says more.
        if rank is None or os.environ["LOCAL_RANK"] == "0":
            log.error("%s: %s", name, error)
        sys.exit(error.exit_code)
    except (UserError, Interrupted) as error:
        for line in str(error).splitlines():
            log.error("%s: %s", name, line)
        sys.exit(error.exit_code)
    except OSError as error:
        told = refusal(error, Path(error.filename or ROOT))
        if told is None:
            _report_fault(name)
        log.error("%s: %s", name, told)
        sys.exit(UserError.exit_code)
    except KeyboardInterrupt:
        log.error("%s: stopped; nothing half-written was left behind", name)
        sys.exit(Interrupted.exit_code)
    except Exception:
        _report_fault(name)


def _report_fault(name: str) -> NoReturn:
    log.exception("%s: this is a fault in the program, please report it", name)
    sys.exit(1)
