"""Where somebody's photos are, in the words of the settings; known before anything is loaded."""

from __future__ import annotations

from pathlib import Path

from ..errors import UserError

REMEDY = "Name a folder, or a zip or tar, with photos in it."


def located(path: Path, root: Path) -> tuple[str, str]:
    """How the settings name photos: the source, folder or archive, and ``download.path``.

    Args:
        path: as typed; a link counts as what it leads to.
        root: the project's folder.

    Raises:
        UserError: nothing is there, or neither a folder nor a file.
    """
    if not path.exists():
        raise UserError(f"{path}: not found. {REMEDY}")
    if not (path.is_dir() or path.is_file()):
        raise UserError(f"{path}: a pipe or device. {REMEDY}")
    place, home = path.resolve(), root.resolve()
    inside = home in place.parents
    named = place.relative_to(home) if inside else place
    return "folder" if path.is_dir() else "archive", named.as_posix()
