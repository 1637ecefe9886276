"""Stage keys: what a stage's outputs were made from, as the name of an empty file.

A stage's key is the sha256 of its settings, the code it reaches, the files of one's own that it
reads and the keys of the stages before it. A stage ends by writing an empty file of that name into
its key folder; both engines read those, so neither trusts files that the other made from other
settings. The device is where, not what: it is never part of a key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..files import remove
from ..params import Params
from .imports import Sources
from .own_files import STATE, own_files
from .reach import code_of
from .table import STAGES, Stage, stage_name

KEYS = "results/keys"


def key_folder(stage: Stage, size: str | None) -> str:
    """Where the stage's key file lies, from the project's root."""
    if stage.name == "summary":
        # Outside KEYS: for DVC the summary depends on that whole folder.
        return "results/summary.key"
    return f"{KEYS}/{stage_name(stage, size)}"


@dataclass(frozen=True)
class Origin:
    """What a stage's key covers.

    Attributes:
        key: 32 hex digits.
        settings: the sections that the stage reads, by name, as JSON has them.
        code: the sha256 of each file of code, by its path from the project's root.
        upstream: the keys of the stages that it reads from, by name.
    """

    key: str
    settings: dict[str, Any]
    code: dict[str, str]
    upstream: dict[str, str]


def stage_origins(params: Params, root: Path | str = ".", cached: bool = True) -> dict[str, Origin]:
    """What every stage would be made from as things stand now; the same for all sizes.

    Args:
        params: the settings, of which each key covers the sections that its stage reads.
        root: the project's root, whose code is read.
        cached: as of :func:`~.own_files.own_files` and :class:`~.imports.Sources`.
    """
    root = Path(root)
    sources = Sources(root, cached)
    origins: dict[str, Origin] = {}
    for stage in STAGES.values():
        settings = _settings(stage, params)
        hashes = {path: sources.digest(path) for path in code_of(stage.script, sources)}
        upstream = {name: origins[name].key for name in stage.upstream}
        files = own_files(params, root, cached) if stage.name == "source" else None
        key = key_of(stage, settings, hashes, upstream, files)
        origins[stage.name] = Origin(key, settings, hashes, upstream)
    sources.remember()
    return origins


def key_of(
    stage: Stage,
    settings: dict[str, Any],
    code: dict[str, str],
    upstream: dict[str, str],
    files: str | None = None,
) -> str:
    """The stage's key as 32 hex digits.

    Args:
        stage: whose key it is.
        settings: as :class:`Origin` has them.
        code: likewise.
        upstream: likewise.
        files: of the source: the hash of the files of one's own that it reads, if it reads any.
    """
    parts: dict[str, Any] = {
        "stage": stage.name,
        "params": settings,
        "code": code,
        "upstream": upstream,
    }
    if stage.name == "source":
        parts["files"] = files
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def key_but(stage: Stage, origin: Origin, left_out: Mapping[str, Collection[str]]) -> str:
    """The key that a stage would have without some settings, by section: what is left in common."""
    settings = {
        section: {name: value for name, value in values.items() if name not in left_out[section]}
        if section in left_out
        else values
        for section, values in origin.settings.items()
    }
    return key_of(stage, settings, origin.code, origin.upstream)


def stage_keys(params: Params, root: Path | str = ".") -> dict[str, str]:
    """Every stage's key as things stand now, as :func:`stage_origins` has it."""
    return {name: origin.key for name, origin in stage_origins(params, root).items()}


def _settings(stage: Stage, params: Params) -> dict:
    """The settings that the stage reads; of a source's, those that shape what it makes."""
    settings = {name: params.model_dump(mode="json")[name] for name in stage.sections}
    if stage.name == "source":
        settings["download"] = params.download.used()
    return settings


def sign(stage: Stage, size: str | None, key: str, root: Path | str = ".") -> None:
    """Say that the stage's outputs are those of ``key``; what was said before is void."""
    folder = Path(root) / key_folder(stage, size)
    unsign(stage, size, root)
    folder.mkdir(parents=True)
    (folder / key).touch()


def unsign(stage: Stage, size: str | None, root: Path | str = ".") -> None:
    """Void the stage's key: its outputs are about to change."""
    remove(Path(root) / key_folder(stage, size))


def signed(stage: Stage, size: str | None, key: str, root: Path | str = ".") -> bool:
    """Whether the stage's outputs are those of ``key`` and of no other."""
    return keys_there(stage, size, root) == [key]


def keys_there(stage: Stage, size: str | None, root: Path | str = ".") -> list[str]:
    """The names in the stage's key folder: its key, or none before it has finished."""
    folder = Path(root) / key_folder(stage, size)
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def resume_folder(stage: Stage, size: str | None, key: str, root: Path | str = ".") -> Path:
    """Where a stage keeps what resuming needs, until it is signed."""
    return Path(root) / STATE / "state" / f"{stage.name}@{size}" / key
