"""Every result of a run: is it what its stage wrote, and is it that of the project as it is now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError
from ..stages import Receipt, Stage, all_results, read_receipt, receipt_file, stage_name
from .current import input_faults, key_faults, origin_faults
from .faults import Fault, void
from .lock import Lock
from .outputs import output_faults
from .project import Project


@dataclass(frozen=True)
class Result:
    """One stage at one size.

    Attributes:
        receipt: what the stage said of itself; None where that is lost.
        altered: what is not as the stage wrote it.
        outdated: what has changed since around it: settings, code, what it was built on.
        follows: results whose faults are why this one is not current.
    """

    stage: Stage
    size: str | None
    receipt: Receipt | None
    altered: list[Fault]
    outdated: list[Fault]
    follows: list[str]

    @property
    def name(self) -> str:
        """As DVC and people name it: ``train@64``."""
        return stage_name(self.stage, self.size)

    @property
    def sound(self) -> bool:
        """Whether it is as written, and current."""
        return not (self.altered or self.outdated or self.follows)


def verify_run(project: Project) -> Iterator[Result]:
    """Every stage of the table at every size of the settings, in their order.

    Raises:
        UserError: dvc.lock cannot be read.
    """
    lock = Lock(project.root)
    sound: dict[str, Receipt | None] = {}
    at_fault: set[str] = set()
    for stage, size in all_results(project.params):
        result = _verify(project, stage, size, sound)
        at_fault |= _touched([*result.altered, *result.outdated])
        # Where settings, code or inputs changed, it names those of before, as it should.
        if not (result.outdated or result.follows):
            result.altered.extend(lock.faults(project, result.name, at_fault))
        if result.sound:
            sound[result.name] = result.receipt
        yield result


def _verify(
    project: Project,
    stage: Stage,
    size: str | None,
    sound: dict[str, Receipt | None],
) -> Result:
    receipt, problem = None, ""
    try:
        receipt = read_receipt(stage, size, project.root)
        problem = _no_receipt(project.root, stage, size)
    except UserError as error:
        problem = str(error).partition(": ")[2].partition(". ")[0]
    if receipt is None:
        whose = (stage_name(stage, size),)
        fault = Fault(receipt_file(stage, size), problem, void(stage, size), whose)
        return Result(stage, size, None, [fault], [], [])
    altered = key_faults(project, stage, size, receipt)
    if not receipt.was_edited():
        altered += output_faults(project, stage, size, receipt)
    outdated = origin_faults(project, stage, size, receipt)
    inputs, follows = input_faults(project, stage, size, receipt, sound)
    outdated += inputs
    return Result(stage, size, receipt, altered, outdated, follows)


def _no_receipt(root: Path, stage: Stage, size: str | None) -> str:
    there = (root / receipt_file(stage, size)).exists()
    return "is of an earlier version of the program" if there else "is missing"


def _touched(faults: list[Fault]) -> set[str]:
    """The files at fault and every folder above them, whose hash covers them."""
    files = {fault.file for fault in faults}
    return files | {str(parent) for file in files for parent in Path(file).parents}
