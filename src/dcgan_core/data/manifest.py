"""The manifest of a raw folder: what each file is and where it came from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..errors import UserError
from ..files import sha256_file
from ..records import read_json, write_json

NAME = "manifest.json"
SCHEMA = 1


@dataclass(frozen=True)
class Entry:
    """One image: its name in the raw folder, its bytes' sha256, its origin.

    Images of one ``group`` show overlapping things and belong in the same split. Without a
    ``licence`` of its own an image has the manifest's.
    """

    file: str
    sha256: str
    origin: str
    group: str | None = None
    licence: str | None = None


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
        files.append({key: value for key, value in asdict(entry).items() if value is not None})
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
    record = read_json(folder / NAME)
    try:
        if record["schema"] != SCHEMA:
            raise UserError(
                f"{folder / NAME}: schema {record['schema']}, but this version reads schema "
                f"{SCHEMA}. Run the download stage again."
            )
        return Manifest(
            source=record["source"],
            licence=record["licence"],
            origin=record["origin"],
            files=[Entry(**entry) for entry in record["files"]],
            rejected=[Rejected(**entry) for entry in record["rejected"]],
        )
    except (KeyError, TypeError) as error:
        raise UserError(
            f"{folder / NAME}: not a manifest of this program ({error}). "
            "Run the download stage again."
        ) from error


def check(folder: Path, manifest: Manifest, hashes: bool = False) -> None:
    """Check that every listed file is in ``folder``; with ``hashes``, that its bytes are too.

    Raises:
        UserError: a file is missing or altered.
    """
    for entry in manifest.files:
        path = folder / entry.file
        if not path.is_file():
            problem = "is missing"
        elif hashes and sha256_file(path) != entry.sha256:
            problem = "was changed since it was downloaded"
        else:
            continue
        raise UserError(f"{path}: {problem}, though {NAME} lists it. Run the download stage again.")
