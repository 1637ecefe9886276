"""``dcgan verify``: whether results are what their stages wrote, and the record of a run."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UserError
from ..terminal import say
from .common import HelpFormatter
from .values import to_path, to_size

if TYPE_CHECKING:
    from ..verify.project import Project
    from ..verify.results import Result

TEACH = """\
examples:

  dcgan verify                             every result of this project
  dcgan verify ../other                    those of another checkout
  dcgan verify --replay train@64           train again in a temporary copy: the same bytes?
  dcgan verify --crate run                 a folder with the run and its record (RO-Crate)
  dcgan verify --crate ro-crate-metadata.json
                                           the record alone, beside the files it names

Every file is read anew. The exit code is 0 when all is as it was written and belongs to the present
settings, code and data; otherwise 1, with one line for each fault, which names the remedy.
"""


def add_parser(subparsers) -> None:
    """Add ``verify``."""
    parser = subparsers.add_parser(
        "verify",
        help="whether results are what their stages wrote, and a record of the run",
        description="Whether results are what their stages wrote, and from what.",
        epilog=TEACH,
        formatter_class=HelpFormatter,
    )
    parser.set_defaults(run=_run)
    parser.add_argument(
        "root",
        nargs="?",
        type=to_path,
        metavar="RUN",
        help="a project's folder (default: this one)",
    )
    parser.add_argument(
        "--replay", metavar="STAGE[@SIZE]", help="run it again, as recorded, and compare"
    )
    parser.add_argument(
        "--crate", type=to_path, metavar="PATH", help="write the run's record as an RO-Crate"
    )


def _run(arguments: argparse.Namespace) -> None:
    from ..verify.project import Project

    if arguments.replay and arguments.crate:
        raise UserError("--replay and --crate: give one of the two")
    project = Project.open(arguments.root or Path())
    if arguments.replay:
        _replay(project, arguments.replay)
        return
    results = _verify(project)
    if arguments.crate:
        from ..verify.crate import write_crate

        say(write_crate(project, results, arguments.crate))


def _verify(project: Project) -> list[Result]:
    from ..verify.faults import merged
    from ..verify.lock import LOCK
    from ..verify.results import verify_run
    from ..verify.words import lines

    results = []
    for result in verify_run(project):
        results.append(result)
        say(*lines(project, result))
    faults = merged(fault for result in results for fault in (*result.altered, *result.outdated))
    for fault in faults:
        say(fault.line, stream=sys.stderr)
    bad = [result.name for result in results if not result.sound]
    if bad:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise UserError(f"{count}, told above; not to be relied on: {', '.join(bad)}")
    say(f"all {len(results)} results are as they were written, and current")
    if not (project.root / LOCK).is_file():
        say(f"{LOCK}: there is none, so a receipt that was forged with its outputs would pass")
    return results


def _replay(project: Project, asked: str) -> None:
    from ..stages import STAGES, stage_name
    from ..verify.replay import SAME, replay

    name, _, size = asked.partition("@")
    size = to_size(size)
    stage = STAGES.get(name)
    if stage is None or not stage.outputs:
        known = ", ".join(name for name, stage in STAGES.items() if stage.outputs)
        raise UserError(f"--replay {asked}: no such stage; choose one of {known}")
    if size and (not stage.sized or size not in project.params.sizes):
        raise UserError(
            f"--replay {asked}: no such size; sizes of params.yaml: "
            f"{', '.join(project.params.sizes)}, and only for stages that run once for each"
        )
    differing = []
    for one in ([size] if size else project.params.sizes) if stage.sized else [None]:
        found = replay(project, stage, one)
        say(f"{stage_name(stage, one)}: {'the same' if found.same else 'not the same'}")
        told = {file: verdict for file, verdict in found.files.items() if verdict != SAME}
        for file, verdict in told.items():
            say(f"  {file}: {verdict}")
        say(f"  {len(found.files) - len(told)} files: {SAME} to the byte")
        for what, (then, now) in found.elsewhere.items():
            say(f"  made with {what} {then}, run again with {now}")
        if not found.same:
            differing.append(stage_name(stage, one))
    if differing:
        raise UserError(f"{', '.join(differing)}: run again, the results are not the same")
