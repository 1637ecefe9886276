"""Files of one's own, and what is known of them where they are not.

``data/own`` stays with its owner: DVC and git carry what the download stage made of it, and not the
folder itself. A clone, an experiment's copy or another machine has ``data/raw`` then, and the
receipt of the ``source`` stage, which says what the files were.
"""

from __future__ import annotations

from pathlib import Path

from ..data.fingerprint import MISSING, fingerprint
from ..data.walk import LARGEST_FILE, holds_files
from ..errors import UserError
from ..params import Params
from ..params.sources import SOURCES
from ..records import read_json

STATE = ".dcgan"
"""Git-ignored and known to neither engine: resume state and caches."""
FINGERPRINTS = f"{STATE}/fingerprints.json"
"""Hashes of files whose size and time stamp stayed the same."""
RECEIPTS = "results/receipts"
SOURCE_RECEIPT = f"{RECEIPTS}/source.json"
README = "README.md"
"""Comes with the project in ``data/own``, and is nobody's image."""


def own_files(params: Params, root: Path, cached: bool = True) -> str | None:
    """The hash of what ``download.path`` holds or, where it holds nothing, held.

    Args:
        params: the settings.
        root: the project's root.
        cached: whether a file whose size and time stamp stayed the same counts as unchanged.

    Returns:
        64 hex digits or ``"missing"``; None if the source reads no files of one's own.
    """
    download = params.download
    if not SOURCES[download.source].reads_path:
        return None
    if nothing_there(params, root):
        known = _remembered(download.path, root)
        if known and (root / "data/raw" / download.source).is_dir():
            return known
    cache = root / FINGERPRINTS if cached else None
    # A larger file is no image, whatever it holds.
    return fingerprint(root / download.path, cache, largest=LARGEST_FILE)


def nothing_there(params: Params, root: Path) -> bool:
    """Whether ``download.path`` is absent, or a folder without a file of the user's."""
    path = root / params.download.path
    if path.is_dir():
        return not holds_files(path, besides=README)
    return not path.exists()


def check_own_files(params: Params, root: Path) -> None:
    """Refuse a download that needs files of one's own and would find none.

    Args:
        params: the settings.
        root: the project's root.

    Raises:
        UserError: the source takes nothing but such files, and there are none.
    """
    download = params.download
    needed = SOURCES[download.source].needs_path and not download.url
    if needed and nothing_there(params, root):
        raise UserError(
            f"{download.path}: no images here, and those that were downloaded before are not of "
            "the present settings. Put images there, or name where they are as download.path in "
            "params.yaml."
        )


def _remembered(path: str, root: Path) -> str | None:
    try:
        record = read_json(root / SOURCE_RECEIPT, {"built_on": dict})
    except UserError:
        return None
    known = record["built_on"].get(path)
    return known if isinstance(known, str) and known != MISSING else None
