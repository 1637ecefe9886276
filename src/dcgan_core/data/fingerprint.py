"""One hash for the content of a file or folder, quick to ask for again."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
from collections.abc import Mapping
from pathlib import Path

from ..files import sha256_file, writing
from .walk import regular_files

log = logging.getLogger("dcgan")

MISSING = "missing"
TOO_LARGE = "too large"
SLOW_SECONDS = 2.0
# A file changed this recently may change again within one tick of its time stamp.
SETTLED_NS = 2_000_000_000


def fingerprint(
    path: Path | str, cache: Path | str | None = None, largest: int | None = None
) -> str:
    """The sha256 of a file's or folder's content: 64 hex digits, or ``"missing"``.

    It covers the sorted (relative name, sha256) of all regular files that are not hidden; a
    single file counts without its name. Time stamps and place do not matter.

    Args:
        path: a file or folder; one that is not there is ``"missing"``.
        cache: as of :func:`file_hashes`.
        largest: as of :func:`file_hashes`.
    """
    return combined(file_hashes(path, cache, largest))


def combined(hashes: Mapping[str, str] | None) -> str:
    """The fingerprint of what :func:`file_hashes` returned."""
    if hashes is None:
        return MISSING
    digest = hashlib.sha256()
    for name, content in hashes.items():
        digest.update(os.fsencode(name) + b"\0" + content.encode() + b"\n")
    return digest.hexdigest()


def file_hashes(
    path: Path | str, cache: Path | str | None = None, largest: int | None = None
) -> dict[str, str] | None:
    """The sha256 of every regular file that is not hidden, by its name in the folder, sorted.

    Args:
        path: a folder, or a single file, whose name is ``""``.
        cache: a JSON file that remembers the hashes of files whose size and time stamp stay
            the same. Made if missing; a damaged one is made anew.
        largest: bytes above which a folder's file is ``"too large"`` instead, and not read.

    Returns:
        64 hex digits for each file; None if nothing is there.
    """
    path = Path(path)
    if path.is_dir():
        files = regular_files(path)
    elif path.is_file():
        files = [("", path)]
    else:
        return None
    start = time.monotonic()
    known = _load(cache)
    fresh: dict[str, list] = {}
    hashes = {}
    whole = os.path.abspath(path)
    for name, file in files:
        status = os.stat(file)
        if name and largest is not None and status.st_size > largest:
            hashes[name] = TOO_LARGE
        else:
            key = os.path.join(whole, name) if name else whole
            hashes[name] = _hash(file, status, key, known, fresh)
    seconds = time.monotonic() - start
    if seconds > SLOW_SECONDS:
        log.info("%s: hashed %d files in %.1f s", path, len(files), seconds)
    if cache is not None and fresh:
        _save(Path(cache), {**known, **fresh})
    return hashes


def _hash(
    file: Path,
    status: os.stat_result,
    key: str,
    known: dict[str, list],
    fresh: dict[str, list],
) -> str:
    stamp = [status.st_size, status.st_mtime_ns]
    entry = known.get(key)
    if entry is not None and entry[:2] == stamp:
        return entry[2]
    content = sha256_file(file)
    if time.time_ns() - status.st_mtime_ns > SETTLED_NS:
        fresh[key] = [*stamp, content]
    return content


def _load(cache: Path | str | None) -> dict[str, list]:
    if cache is None:
        return {}
    try:
        known = json.loads(Path(cache).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(known, dict):
        return {}
    return {key: entry for key, entry in known.items() if _is_entry(entry)}


def _is_entry(entry: object) -> bool:
    return isinstance(entry, list) and [type(value) for value in entry] == [int, int, str]


def _save(cache: Path, known: dict[str, list]) -> None:
    kept = {key: entry for key, entry in known.items() if os.path.exists(key)}
    with writing(cache) as part:
        part.write_text(json.dumps(kept), encoding="utf-8")
