"""What a stage really wrote: its receipt.

A key says what a stage's outputs were made from; a receipt says what they are and what they were
built on. So a file that was damaged or exchanged afterwards is found, and so is a stage that was
built on other bits than those that lie there now, though its settings are the same. A receipt
travels with the outputs: DVC tracks it, and no stage depends on it.
"""

from __future__ import annotations

import logging
from pathlib import Path

from ..data.fingerprint import MISSING, fingerprint
from ..errors import UserError
from ..params import Params
from ..records import read_json, write_json
from .keys import signed, unsign
from .own_files import RECEIPTS, STATE, check_own_files, own_files
from .table import STAGES, Stage

log = logging.getLogger("dcgan")

SCHEMA = 1


def receipt_file(stage: Stage, size: str | None) -> str:
    """Where the stage's receipt lies, from the project's root."""
    return (
        f"{RECEIPTS}/{stage.name}@{size}.json" if stage.sized else f"{RECEIPTS}/{stage.name}.json"
    )


def write_receipt(stage: Stage, size: str | None, params: Params, root: Path | str = ".") -> None:
    """Write down what the stage's outputs are and what it has read.

    Args:
        stage: the stage that has just written its outputs.
        size: of a stage that runs once for each size.
        params: the settings it ran with.
        root: the project's root.
    """
    root = Path(root)
    outputs = {str(path): _digest(root, path) for path in stage.paths(params, size).values()}
    built_on = _inputs(stage, size, params, root)
    if stage.name == "source":
        digest = own_files(params, root)
        built_on = {params.download.path: digest} if digest else {}
    record = {"schema": SCHEMA, "outputs": outputs, "built_on": built_on}
    write_json(root / receipt_file(stage, size), record)


def altered(stage: Stage, size: str | None, root: Path | str = ".") -> list[str]:
    """The stage's outputs that are there and are not what it wrote; none without a receipt."""
    root = Path(root)
    return [
        path
        for path, digest in _receipt(stage, size, root)["outputs"].items()
        if _digest(root, path) not in (digest, MISSING)
    ]


def outdated(stage: Stage, size: str | None, root: Path | str = ".") -> list[str]:
    """What the stage was built on and is other now, or gone; none without a receipt."""
    root = Path(root)
    return [
        path
        for path, digest in _receipt(stage, size, root)["built_on"].items()
        if _digest(root, path) != digest
    ]


def complete(
    stage: Stage, size: str | None, params: Params, key: str, root: Path | str = "."
) -> bool:
    """Whether all that the stage writes is there, of this key, as written, on what lies there."""
    return (
        signed(stage, size, key, root)
        and all((Path(root) / path).exists() for path in stage.paths(params, size).values())
        and not altered(stage, size, root)
        and not outdated(stage, size, root)
    )


def check_inputs(stage: Stage, size: str | None, params: Params, root: Path | str = ".") -> None:
    """Refuse to build on files that are not what their stages wrote.

    Args:
        stage: the stage that is about to run.
        size: of a stage that runs once for each size.
        params: the present settings.
        root: the project's root.

    Raises:
        UserError: names the first such file, and how to mend it.
    """
    read = set(_inputs(stage, size, params, Path(root)))
    for upstream in stage.upstream:
        before = STAGES[upstream]
        for one in _sizes(before, size, params):
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
        UserError: an output is not what its stage wrote.
    """
    root = Path(root)
    running: set[tuple[str, str | None]] = set()
    for stage in STAGES.values():
        for size in params.sizes if stage.sized else [None]:
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
        (name, one) for name in stage.upstream for one in _sizes(STAGES[name], size, params)
    }
    changed = outdated(stage, size, root) if stage.upstream else []
    if changed and not upstream & running:
        log.warning(
            "%s: made from another %s than is there now; made again", stage.name, changed[0]
        )
    return bool(upstream & running or changed)


def _damage_told(stage: Stage, size: str | None, path: str) -> str:
    name = f"{stage.name}@{size}" if stage.sized else stage.name
    return (
        f"{path}: is not what the {stage.name} stage wrote; it was changed since. Bring it back "
        f"with: dvc checkout --force {name}   or delete it, and the stage runs again."
    )


def _sizes(stage: Stage, size: str | None, params: Params) -> list[str | None]:
    """The sizes at which a stage reads from ``stage``: its own, or all if it has none."""
    if not stage.sized:
        return [None]
    return [size] if size else [*params.sizes]


def _inputs(stage: Stage, size: str | None, params: Params, root: Path) -> dict[str, str]:
    """Each file and folder that the stage reads from others, with its content's hash."""
    found = {}
    for read in stage.reads:
        name, _, output = read.partition(".")
        for one in _sizes(STAGES[name], size, params) if output else []:
            path = STAGES[name].paths(params, one)[output]
            found[str(path)] = _digest(root, path)
    return found


def _digest(root: Path, path: Path | str) -> str:
    return fingerprint(root / path, root / STATE / "fingerprints.json")


def _receipt(stage: Stage, size: str | None, root: Path) -> dict:
    """The stage's receipt; an empty one where there is none, as in results of before."""
    path = root / receipt_file(stage, size)
    empty: dict = {"outputs": {}, "built_on": {}}
    if not path.exists():
        return empty
    record = read_json(path)
    return record if record.get("schema") == SCHEMA else empty
