"""Files: written so that a half-written one never carries its final name, renamed, hashed."""

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import UserError
from .parts import part_of

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)

IN_DVC_CACHE = re.compile(r"/files/md5/([0-9a-f]{2})/([0-9a-f]{30})$")
"""Where a link leads that DVC has made, with ``cache.type = symlink``: the md5 of the content."""


def remove(path: Path) -> None:
    """Delete a file or a whole folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def move(source: Path, target: Path) -> None:
    """Rename a file or folder of the program's own; what is at ``target`` must be, too."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir():
        remove(target)
    os.replace(source, target)


@contextmanager
def writing(target: Path | str, size: int | None = None) -> Iterator[Path]:
    """Give a temporary path to write a file to; rename it to ``target`` on success.

    On any failure the temporary is removed and ``target`` is left as it was. A link at ``target``
    stays, and the file that it leads to is replaced.

    Args:
        target: the file's name.
        size: bytes that it will have, if that is known: a full disk is told with how many of
            them are missing.

    Raises:
        UserError: the disk is full, the target cannot be written, or it is a folder or a link to
            nothing.
        OSError: the system refuses for any other reason.
    """
    with _writing(Path(target), None, size) as part:
        yield part


@contextmanager
def writing_folder(target: Path | str, mark: str) -> Iterator[Path]:
    """Give a temporary folder to fill, as :func:`writing` does for a file.

    Args:
        target: the folder's name. A folder there is replaced only if it is empty or this program
            wrote it.
        mark: a name in every such folder, by which one that this program wrote is known.

    Raises:
        UserError: as :func:`writing`, or ``target`` holds what somebody else put there.
        OSError: as :func:`writing`.
    """
    with _writing(Path(target), mark, None) as part:
        part.mkdir()
        yield part


def write_bytes(target: Path, content: bytes | memoryview) -> None:
    """Write a file so that a crash at any moment leaves the old one or the new one, whole.

    Raises:
        UserError: as :func:`writing`; of a full disk it says how much is missing.
    """
    with writing(target, len(content)) as part, part.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


@contextmanager
def _writing(target: Path, mark: str | None, size: int | None) -> Iterator[Path]:
    part = None
    try:
        place = _place(target)
        # Before the work as well as after it, which may take long.
        check_replaceable(place, mark, target)
        place.parent.mkdir(parents=True, exist_ok=True)
        with part_of(place) as folder:
            part = folder / place.name
            try:
                yield part
                check_replaceable(place, mark, target)
                _swap(part, place, folder / "replaced")
            except OSError as error:
                # Told before the part is removed, whose size says how far it got.
                raise refusal(error, target, part, size) or error from error
    except OSError as error:
        if part is not None:
            raise
        raise refusal(error, target) or error from error


def _place(target: Path) -> Path:
    """Where ``target`` really lies: a link there is the user's, and is written through.

    Raises:
        UserError: the link leads nowhere.
    """
    if not is_users_link(target):
        return target
    if not target.exists():
        raise UserError(
            f"{target}: is a link to {os.readlink(target)}, which is not there. Make it there, or "
            "remove the link."
        )
    return Path(os.path.realpath(target))


def is_users_link(path: Path) -> bool:
    """Whether the path itself is a link that a person made.

    DVC makes links, too, where its cache is set to them (cache.type symlink). Writing through one
    would put new content under the hash of the old, so that DVC's are replaced like a file.
    """
    return path.is_symlink() and not IN_DVC_CACHE.search(os.path.realpath(path))


def check_replaceable(place: Path, mark: str | None, told: Path | None = None) -> None:
    """Refuse to replace what this program did not write.

    Args:
        place: where a file or folder is to go.
        mark: as for :func:`writing_folder`; None for a file.
        told: the name that the user knows the place by, if that is a link to it.

    Raises:
        UserError: a folder is where a file should go, a file where a folder should, or a folder
            that lacks its mark.
    """
    target = told or place
    if mark is None:
        if place.is_dir():
            raise UserError(
                f"{target}: is a folder, and a file is to be written there. Move the folder away, "
                "or name another place."
            )
    elif place.is_dir():
        others = sorted(os.listdir(place))
        if others and mark not in others:
            raise UserError(
                f"{target}: holds {others[0]} and has no {mark}, so that this program did not "
                "write it; it is not replaced. Move it away, or name another place."
            )
    elif place.exists():
        raise UserError(
            f"{target}: is a file, and a folder is to be written there. Move the file away, or "
            "name another place."
        )


def _swap(part: Path, place: Path, aside: Path) -> None:
    if not place.is_dir():
        os.replace(part, place)
        return
    os.replace(place, aside)
    try:
        os.replace(part, place)
    except OSError:
        os.replace(aside, place)
        raise


def refusal(
    error: OSError, target: Path, part: Path | None = None, size: int | None = None
) -> UserError | None:
    """A system's refusal to write ``target`` as one line; None if it is about something else.

    Args:
        error: what the system said.
        target: the file or folder that was to be written.
        part: what is written of it so far.
        size: bytes that it needs, if that is known.
    """
    if error.errno in FULL:
        return UserError(
            f"{target}: no space left to write it ({error.strerror}){_missing(target, part, size)}."
            " Free some disk space and run the same command again; nothing half-written was left "
            "behind."
        )
    if error.errno in FORBIDDEN:
        named = Path(os.fsdecode(error.filename)) if error.filename else target
        if part is None or part in (named, *named.parents):
            named = target
        return UserError(f"{named}: {error.strerror}; allow it, or name another place.")
    if error.errno in (errno.ENOTDIR, errno.EEXIST) and not target.parent.is_dir():
        file = next(folder for folder in target.parents if folder.exists())
        return UserError(
            f"{target}: cannot be written, since {file} is a file and no folder. Move it away, or "
            "name another place."
        )
    return None


def _missing(target: Path, part: Path | None, size: int | None) -> str:
    # The part lies where the space is needed; the target may be a link to there.
    folder = part.parents[1] if part else target.parent
    if part is None or size is None:
        return f" in {folder}"
    try:
        missing = size - (part.stat().st_size if part.exists() else 0)
    except OSError:
        missing = size
    return f" in {folder}: of {in_words(size)}, {in_words(missing)} are missing"


def in_words(size: int) -> str:
    """A number of bytes for people: ``812 bytes``, ``1.3 MB``."""
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size} bytes"


def file_hash(path: Path | str, algorithm: str) -> str:
    """The hash of a file's bytes as hex digits; ``algorithm`` is a name that hashlib knows."""
    # Checks of content, not of secrets: md5 stays usable where it is barred for security.
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with open(path, "rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def sha256_file(path: Path | str) -> str:
    """The sha256 of a file's bytes, as 64 hex digits."""
    return file_hash(path, "sha256")
