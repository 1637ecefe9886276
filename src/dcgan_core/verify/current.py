"""Whether a result is that of the present settings, code and inputs; and what sets it apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..data.fingerprint import MISSING
from ..stages import (
    STAGES,
    Receipt,
    Stage,
    inputs_of,
    key_folder,
    key_of,
    keys_there,
    receipt_file,
    sizes_read,
    stage_name,
)
from .faults import RUN_AGAIN, Fault, void
from .project import PARAMS, Project, flat


def key_faults(project: Project, stage: Stage, size: str | None, receipt: Receipt) -> list[Fault]:
    """Whether receipt and key file say the same, and the key follows from what it was made from."""
    whose, folder = (stage_name(stage, size),), key_folder(stage, size)
    remedy = void(stage, size)
    files = next(iter(receipt.built_on.values()), None) if stage.name == "source" else None
    follows = key_of(stage, receipt.settings, receipt.code, receipt.upstream, files)
    if receipt.was_edited() or receipt.key != follows:
        return [Fault(receipt_file(stage, size), "was edited", remedy, whose)]
    there = keys_there(stage, size, project.root)
    if not there:
        return [Fault(folder, "holds no key: the stage was stopped or voided", RUN_AGAIN, whose)]
    if there != [receipt.key]:
        problem = f"holds {', '.join(there)}, but the stage wrote {receipt.key}"
        return [Fault(folder, problem, remedy, whose)]
    path = Path(project.root, folder, receipt.key)
    if path.is_symlink() or not path.is_file() or path.stat().st_size:
        return [Fault(f"{folder}/{receipt.key}", "is not the empty file it was", remedy, whose)]
    return []


def origin_faults(
    project: Project, stage: Stage, size: str | None, receipt: Receipt
) -> list[Fault]:
    """What settings, code and files of one's own are other now than when the result was made."""
    now, whose = project.origins[stage.name], (stage_name(stage, size),)
    if receipt.key == now.key:
        return []
    faults = []
    for name, (before, present) in _changes(flat(receipt.settings), flat(now.settings)).items():
        problem = f"{name} = {present!r}, was {before!r} when the result was made"
        faults.append(Fault(PARAMS, problem, f"Put it back, or: {RUN_AGAIN}", whose))
    for path, (before, present) in _changes(receipt.code, now.code).items():
        if not Path(project.root, path).exists():
            problem = "is missing; the result was made with it"
        elif before is None or present is None:
            problem = f"is {'new' if before is None else 'used no longer'} in the result's code"
        else:
            problem = "is not the code that the result was made with"
        faults.append(Fault(path, problem, f"Put it back, or: {RUN_AGAIN}", whose))
    if stage.name == "source" and not faults:
        path = project.params.download.path
        problem = "holds other files than the result was made from"
        faults.append(Fault(path, problem, f"Put them back, or: {RUN_AGAIN}", whose))
    return faults


def input_faults(
    project: Project,
    stage: Stage,
    size: str | None,
    receipt: Receipt,
    before: dict[str, Receipt | None],
) -> tuple[list[Fault], list[str]]:
    """What the stage was built on and is other now.

    Args:
        project: whose files are read.
        stage: whose inputs they are.
        size: of a stage that runs once for each size.
        receipt: the stage's.
        before: the receipts of the results before it that are not at fault themselves, by name.

    Returns:
        faults, and the names of results whose own faults are why this one is not current.
    """
    faults, follows = [], []
    name = stage_name(stage, size)
    owners = inputs_of(stage, size, project.params)
    for path in sorted(owners.keys() | receipt.built_on.keys()) if stage.upstream else []:
        found = project.scan(path)
        if receipt.built_on.get(path, MISSING) == (found.fingerprint if found else MISSING):
            continue
        owner = stage_name(*owners[path]) if path in owners else None
        if owner in before or owner is None:
            problem = "is another than the result was built on"
            faults.append(Fault(path, problem, RUN_AGAIN, (name,)))
        else:
            follows.append(owner)
    for upstream, key in project.origins[stage.name].upstream.items():
        if receipt.upstream.get(upstream) == key:
            continue
        stale = [owner for owner in _of(upstream, size, project) if owner not in before]
        follows += stale
        if not stale and not faults:
            problem = f"was made after another {upstream} than the present one"
            faults.append(Fault(receipt_file(stage, size), problem, RUN_AGAIN, (name,)))
    return faults, list(dict.fromkeys(follows))


def _of(upstream: str, size: str | None, project: Project) -> list[str]:
    stage = STAGES[upstream]
    return [stage_name(stage, one) for one in sizes_read(stage, size, project.params)]


def _changes(before: dict[str, Any], now: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What it was and is, by name, of all that is not the same; None for what is not there."""
    names = sorted(before.keys() | now.keys())
    return {n: (before.get(n), now.get(n)) for n in names if before.get(n) != now.get(n)}
