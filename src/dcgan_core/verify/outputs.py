"""Whether what lies at an output's path is what its stage wrote there."""

from __future__ import annotations

from ..data import manifest
from ..data.fingerprint import MISSING
from ..errors import UserError
from ..stages import LISTED_ELSEWHERE, Receipt, Stage, stage_name
from .faults import Fault, bring_back
from .project import Project
from .scan import Scan

HEX = 12
"""Digits of a hash that are shown."""


def output_faults(
    project: Project, stage: Stage, size: str | None, receipt: Receipt
) -> list[Fault]:
    """One fault for each file of the stage's outputs that is not what it wrote.

    Args:
        project: whose files are read.
        stage: that wrote the outputs.
        size: of a stage that runs once for each size.
        receipt: what the stage said of them.
    """
    faults = []
    present = {path.as_posix() for path in stage.paths(project.params, size).values()}
    for path in sorted(present | receipt.outputs.keys()):
        for file, problem in _problems(project, stage, receipt, path):
            remedy = "Delete it." if problem.startswith(EXTRA) else _remedy(stage, size, file)
            faults.append(Fault(file, problem, remedy, (stage_name(stage, size),)))
    return faults


EXTRA = "is a file that the stage did not write"


def _remedy(stage: Stage, size: str | None, file: str) -> str:
    return f"{bring_back(stage, size, file)}."


def _problems(project: Project, stage: Stage, receipt: Receipt, path: str) -> list[tuple[str, str]]:
    """(file, problem) of all that is wrong at and below ``path``."""
    found, written = project.scan(path), receipt.outputs.get(path, MISSING)
    if written == MISSING:
        return [(path, "is not in the receipt of its stage")]
    if found is None:
        return [(path, "is missing")]
    if not found.folder:
        if "" in found.odd:
            return [(path, found.odd[""])]
        if found.fingerprint == written:
            return []
        return [(path, f"is not what the {stage.name} stage wrote; sha256 {_sha(found, '')}")]
    odd = [(f"{path}/{name}", problem) for name, problem in found.odd.items()]
    listed, doubts = _listing(project, stage, receipt, path)
    if listed is None:
        return odd + doubts
    there = {name: content.sha256 for name, content in found.files.items()}
    problems = odd + doubts + _differences(path, listed, there, set(found.odd))
    if not problems and found.fingerprint != written:
        problems = [(path, f"is not what the {stage.name} stage wrote")]
    return problems


def _sha(found: Scan, name: str) -> str:
    return f"{found.files[name].sha256[:HEX]}..."


def _differences(
    path: str, listed: dict[str, str], there: dict[str, str], odd: set[str]
) -> list[tuple[str, str]]:
    missing = [name for name in listed if name not in there and name not in odd]
    extra = [name for name in there if name not in listed]
    problems = []
    for name in listed:
        if name in there and there[name] != listed[name]:
            now, then = there[name][:HEX], listed[name][:HEX]
            problems.append((name, f"is not what was written: sha256 {now}..., was {then}..."))
    for name in extra:
        before = next((old for old in missing if listed[old] == there[name]), None)
        if before:
            missing.remove(before)
            problems.append((before, f"was renamed to {path}/{name}"))
        else:
            problems.append((name, EXTRA))
    problems += [(name, "is missing") for name in missing]
    return [(f"{path}/{name}", problem) for name, problem in sorted(problems)]


def _listing(
    project: Project, stage: Stage, receipt: Receipt, path: str
) -> tuple[dict[str, str] | None, list[tuple[str, str]]]:
    """The sha256 of each file that the stage wrote into a folder, by name; and doubts of it."""
    prefix = f"{path}/"
    listed = {
        name.removeprefix(prefix): digest
        for name, digest in receipt.files.items()
        if name.startswith(prefix)
    }
    if stage.name != LISTED_ELSEWHERE:
        return listed, []
    file = f"{path}/{manifest.NAME}"
    found = project.scan(path)
    content = found.files.get(manifest.NAME) if found else None
    if content is None:
        return None, [(file, "is missing")]
    if content.sha256 != listed.get(manifest.NAME):
        return None, [(file, f"is not what the {stage.name} stage wrote; it was changed since")]
    try:
        record = manifest.read(project.root / path)
    except UserError as error:
        return None, [(file, str(error))]
    return listed | {entry.file: entry.sha256 for entry in record.files}, []
