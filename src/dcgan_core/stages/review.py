"""Before a run or a stage: nothing is built on files that are not what their stages wrote."""

from __future__ import annotations

import logging
from pathlib import Path

from ..errors import UserError
from ..params import Params
from .keys import signed, unsign
from .own_files import check_own_files
from .receipts import altered, inputs, outdated, sizes_read
from .table import STAGES, Stage, all_results, stage_name

log = logging.getLogger("dcgan")


def check_inputs(stage: Stage, size: str | None, params: Params, root: Path | str = ".") -> None:
    """Refuse to build on files that are not what their stages wrote.

    Args:
        stage: the stage that is about to run.
        size: of a stage that runs once for each size.
        params: the present settings.
        root: the project's root.

    Raises:
        UserError: names the first such file, or a damaged receipt, and how to mend it.
    """
    if not stage.upstream:
        return
    read = set(inputs(stage, size, params, Path(root)))
    for upstream in stage.upstream:
        before = STAGES[upstream]
        for one in sizes_read(before, size, params):
            damaged = [path for path in altered(before, one, root) if path in read]
            if damaged:
                raise UserError(_damage_told(before, one, damaged[0]))


def review(params: Params, keys: dict[str, str], root: Path | str = ".") -> None:
    """Void the keys of stages that were built on something else than what lies there now.

    A stage that has to run again may come to other bits, on other threads for example, so those
    that follow it run again, too.

    Args:
        params: the present settings.
        keys: every stage's, by name.
        root: the project's root.

    Raises:
        UserError: an output is not what its stage wrote, or a receipt is damaged.
    """
    root = Path(root)
    running: set[tuple[str, str | None]] = set()
    for stage, size in all_results(params):
        if _must_run(stage, size, params, keys[stage.name], running, root):
            running.add((stage.name, size))
            # A key of other settings stays: they may come back.
            if signed(stage, size, keys[stage.name], root):
                unsign(stage, size, root)


def _must_run(
    stage: Stage,
    size: str | None,
    params: Params,
    key: str,
    running: set[tuple[str, str | None]],
    root: Path,
) -> bool:
    if not signed(stage, size, key, root):
        if stage.name == "download":
            check_own_files(params, root)
        return True
    if damaged := altered(stage, size, root):
        raise UserError(_damage_told(stage, size, damaged[0]))
    if not all((root / path).exists() for path in stage.paths(params, size).values()):
        return True
    upstream = {
        (name, one) for name in stage.upstream for one in sizes_read(STAGES[name], size, params)
    }
    changed = outdated(stage, size, root) if stage.upstream else []
    if changed and not upstream & running:
        log.warning(
            "%s: made from another %s than is there now; made again", stage.name, changed[0]
        )
    return bool(upstream & running or changed)


def _damage_told(stage: Stage, size: str | None, path: str) -> str:
    name = stage_name(stage, size)
    return (
        f"{path}: is not what the {stage.name} stage wrote; it was changed since. Bring it back "
        f"with: dvc checkout --force {name}   or delete it, and the stage runs again."
    )
