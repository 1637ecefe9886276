"""The manifest of a raw folder: what each file is and where it came from."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..errors import UserError, shown
from ..files import sha256_file
from ..records import check_keys, read_json, write_json

NAME = "manifest.json"
SCHEMA = 1
REMEDY = "Run the download stage again."
SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Entry:
    """One image: its name in the raw folder, its bytes' sha256, its origin.

    Images of one ``group`` come from one place or sequence; some groups are held out whole.
    ``label`` is the class that the source gives the image. Without a ``licence`` of its own an
    image has the manifest's.
    """

    file: str
    sha256: str
    origin: str
    group: str | None = None
    licence: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class Rejected:
    """A file of the source that was not taken, and why."""

    file: str
    reason: str


@dataclass
class Manifest:
    """All files of a raw folder, sorted by name."""

    source: str
    licence: str
    origin: str
    files: list[Entry] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def write(folder: Path, manifest: Manifest) -> None:
    """Write ``folder/manifest.json``, files sorted by name."""
    files = []
    for entry in sorted(manifest.files, key=lambda entry: entry.file):
        files.append({key: value for key, value in vars(entry).items() if value is not None})
    rejected = sorted(manifest.rejected, key=lambda rejected: rejected.file)
    write_json(
        folder / NAME,
        {
            "schema": SCHEMA,
            "source": manifest.source,
            "licence": manifest.licence,
            "origin": manifest.origin,
            "files": files,
            "rejected": [asdict(entry) for entry in rejected],
        },
    )


def read(folder: Path) -> Manifest:
    """Read ``folder/manifest.json``.

    Raises:
        UserError: missing, not JSON, or not a manifest of this schema.
    """
    path = folder / NAME
    record = read_json(path, {"schema": int})
    if record["schema"] != SCHEMA:
        raise UserError(
            f"{path}: schema {record['schema']}, but this version reads schema {SCHEMA}. {REMEDY}"
        )
    texts = {"source": str, "licence": str, "origin": str}
    wanted = {**texts, "files": list, "rejected": list}
    check_keys(f"{path}: not a manifest of this program", record, wanted, remedy=REMEDY)
    for place, entry in enumerate(record["files"]):
        _check_entry(f"{path}, files[{place}]", entry)
    for place, entry in enumerate(record["rejected"]):
        _check_fields(f"{path}, rejected[{place}]", entry, {"file": str, "reason": str})
    return Manifest(
        **{name: record[name] for name in texts},
        files=[Entry(**entry) for entry in record["files"]],
        rejected=[Rejected(**entry) for entry in record["rejected"]],
    )


def _check_entry(source: str, entry: object) -> None:
    wanted = {"file": str, "sha256": str, "origin": str}
    _check_fields(source, entry, wanted, {"group": str, "licence": str, "label": str})
    assert isinstance(entry, dict)
    name = entry["file"]
    if name.startswith("/") or ".." in name.split("/") or "\0" in name:
        raise UserError(f"{source}: file = {shown(entry['file'])}: leaves the folder. {REMEDY}")
    if not SHA256.fullmatch(entry["sha256"]):
        raise UserError(
            f"{source}: sha256 = {shown(entry['sha256'])}: must be 64 hex digits. {REMEDY}"
        )


def _check_fields(
    source: str,
    entry: object,
    wanted: Mapping[str, type],
    optional: Mapping[str, type] | None = None,
) -> None:
    check_keys(source, entry, wanted, optional, REMEDY)
    assert isinstance(entry, dict)
    if unknown := set(entry) - {*wanted, *(optional or {})}:
        raise UserError(f"{source}: does not know {shown(min(unknown))}. {REMEDY}")


def check(folder: Path, manifest: Manifest, hashes: bool = False) -> None:
    """Check that every listed file is in ``folder``; with ``hashes``, that its bytes are too.

    Raises:
        UserError: a file is missing or altered.
    """
    for entry in manifest.files:
        path = f"{folder}/{entry.file}"
        if not os.path.isfile(path):
            raise UserError(f"{path}: is missing, though {NAME} lists it. {REMEDY}")
        if hashes:
            check_bytes(path, entry.sha256)


def check_bytes(path: Path | str, sha256: str, content: bytes | None = None) -> None:
    """Check that a file is what was downloaded.

    Args:
        path: an image of a raw folder.
        sha256: the hash of its bytes that the manifest lists.
        content: its bytes, if they are in memory.

    Raises:
        UserError: it was altered.
    """
    found = sha256_file(path) if content is None else hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise UserError(
            f"{path}: was changed since it was downloaded: {NAME} lists another sha256. {REMEDY}"
        )
