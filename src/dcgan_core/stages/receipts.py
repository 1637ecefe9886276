"""What a stage really wrote, and from what: its receipt.

A key names what a stage's outputs were made from; a receipt says what that was, what the outputs
are and what they were built on. So a file that was damaged or exchanged afterwards is found, and so
is a stage that was built on other bits than those that lie there now, though its settings are the
same. A receipt travels with the outputs: DVC tracks it, and no stage depends on it. It holds
nothing that changes from run to run on one machine.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..data import manifest
from ..data.fingerprint import MISSING, combined, file_hashes, fingerprint
from ..errors import UserError
from ..params import Params
from ..process.host import host
from ..records import read_json, write_json
from .keys import Origin, key_folder, signed
from .own_files import FINGERPRINTS, RECEIPTS, own_files
from .table import STAGES, Stage, stage_name

SCHEMA = 2
LISTED_ELSEWHERE = "download"
"""The stage whose folder lists its files by itself, in a manifest: there may be millions. Its
receipt lists the manifest alone."""

Digest = Annotated[str, Field(pattern=r"^([0-9a-f]{64}|missing)$")]


class Receipt(BaseModel):
    """What a stage has written down about itself at one size.

    Attributes:
        size: None for a stage that does not run once for each size.
        key: under which its outputs were signed.
        settings, code, upstream: what the key covers, as :class:`~.keys.Origin` has them.
        made_with: versions and machine, as far as bits may depend on them; ``device`` is there if
            the stage used one. Those of a training are in ``run.json``.
        outputs: the fingerprint of each output, by its path from the project's root.
        files: the sha256 of each file in the outputs that are folders, by the same paths.
        built_on: the fingerprint of each file and folder that the stage read from others.
        checksum: the sha256 of all else, so that a receipt that was edited is found.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    stage: str
    size: str | None
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    settings: dict[str, Any]
    code: dict[str, Digest]
    upstream: dict[str, str]
    made_with: dict[str, str]
    outputs: dict[str, Digest]
    files: dict[str, Digest]
    built_on: dict[str, Digest]
    checksum: Digest

    def was_edited(self) -> bool:
        """Whether it no longer is as the stage wrote it."""
        return self.checksum != checksum(self.model_dump(mode="json"))


def checksum(record: dict) -> str:
    """The sha256 of a receipt's content, all but its own ``checksum``; 64 hex digits."""
    content = {name: value for name, value in record.items() if name != "checksum"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def receipt_file(stage: Stage, size: str | None) -> str:
    """Where the stage's receipt lies, from the project's root."""
    return f"{RECEIPTS}/{stage_name(stage, size)}.json"


def write_receipt(
    stage: Stage,
    size: str | None,
    params: Params,
    origin: Origin,
    device: str | None = None,
    root: Path | str = ".",
) -> None:
    """Write down what the stage's outputs are, what they were made from and with.

    Args:
        stage: the stage that has just written its outputs.
        size: of a stage that runs once for each size.
        params: the settings it ran with.
        origin: what its key covered when it began.
        device: that it ran on, in the device's own words.
        root: the project's root.
    """
    root = Path(root)
    outputs, files = {}, {}
    for path in map(Path.as_posix, stage.paths(params, size).values()):
        hashes = file_hashes(root / path, _cache(root))
        outputs[path] = combined(hashes)
        files.update(_listed(stage, files_in(path, hashes)))
    record: dict[str, Any] = {
        "stage": stage.name,
        "size": size,
        "key": origin.key,
        "settings": origin.settings,
        "code": origin.code,
        "upstream": origin.upstream,
        "made_with": host() | ({"device": device} if device else {}),
        "outputs": outputs,
        "files": files,
        "built_on": inputs(stage, size, params, root),
    }
    record["checksum"] = checksum(record)
    write_json(root / receipt_file(stage, size), {"schema": SCHEMA, **record})


def _listed(stage: Stage, files: dict[str, str]) -> dict[str, str]:
    """Those files that the receipt lists one by one."""
    if stage.name != LISTED_ELSEWHERE:
        return files
    return {path: digest for path, digest in files.items() if path.endswith(f"/{manifest.NAME}")}


def files_in(path: str, hashes: dict[str, str] | None) -> dict[str, str]:
    """The hashes of a folder's files by their paths from the root; none for a single file."""
    return {f"{path}/{name}": digest for name, digest in (hashes or {}).items() if name}


def read_receipt(stage: Stage, size: str | None, root: Path | str = ".") -> Receipt | None:
    """The stage's receipt; None where there is none, or one of an earlier version.

    Raises:
        UserError: it is damaged, of a later version, or that of another stage or size.
    """
    file = receipt_file(stage, size)
    path = Path(root) / file
    if not path.exists():
        return None
    remedy = (
        f"Bring it back with: dvc checkout --force {stage_name(stage, size)}   or delete it and "
        f"{key_folder(stage, size)}, and the stage runs again."
    )
    record = read_json(path, {"schema": int}, remedy)
    schema = record.pop("schema")
    if schema > SCHEMA:
        raise UserError(f"{file}: schema = {schema}, but this version reads {SCHEMA}. {remedy}")
    if schema < SCHEMA:
        return None
    try:
        receipt = Receipt.model_validate(record)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise UserError(f"{file}: not a receipt: {where}: {first['msg']}. {remedy}") from error
    if (receipt.stage, receipt.size) != (stage.name, size):
        whose = stage_name(STAGES.get(receipt.stage, stage), receipt.size)
        raise UserError(f"{file}: is the receipt of {whose}. {remedy}")
    return receipt


def altered(stage: Stage, size: str | None, root: Path | str = ".") -> list[str]:
    """The stage's outputs that are there and are not what it wrote; none without a receipt."""
    root, receipt = Path(root), read_receipt(stage, size, root)
    return [
        path
        for path, digest in (receipt.outputs.items() if receipt else ())
        if _digest(root, path) not in (digest, MISSING)
    ]


def outdated(stage: Stage, size: str | None, root: Path | str = ".") -> list[str]:
    """What the stage was built on and is other now, or gone; none without a receipt."""
    root, receipt = Path(root), read_receipt(stage, size, root)
    return [
        path
        for path, digest in (receipt.built_on.items() if receipt else ())
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


def inputs(stage: Stage, size: str | None, params: Params, root: Path) -> dict[str, str]:
    """The fingerprint of each file and folder that the stage reads, by its path from the root.

    Of the source they are files of the user's; of all others, what other stages wrote.
    """
    if stage.name == "source":
        digest = own_files(params, root)
        return {params.download.path: digest} if digest else {}
    return {path: _digest(root, path) for path in inputs_of(stage, size, params)}


def inputs_of(
    stage: Stage, size: str | None, params: Params
) -> dict[str, tuple[Stage, str | None]]:
    """The stage and size that wrote each file and folder that the stage reads, by its path."""
    found = {}
    for read in stage.reads:
        name, _, output = read.partition(".")
        for one in sizes_read(STAGES[name], size, params) if output else []:
            path = STAGES[name].paths(params, one)[output]
            found[path.as_posix()] = (STAGES[name], one)
    return found


def sizes_read(stage: Stage, size: str | None, params: Params) -> list[str | None]:
    """The sizes at which a stage reads from ``stage``: its own, or all if it has none."""
    if not stage.sized:
        return [None]
    return [size] if size else [*params.sizes]


def _cache(root: Path) -> Path:
    return root / FINGERPRINTS


def _digest(root: Path, path: Path | str) -> str:
    return fingerprint(root / path, _cache(root))
