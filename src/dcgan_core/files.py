"""Files: written so that a half-written one never carries its final name, renamed, hashed."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import UserError


def _temporary_beside(target: Path) -> Path:
    """A name on the same file system as ``target``, so that renaming is atomic."""
    return target.with_name(f".{target.name}.part-{os.getpid()}")


def remove(path: Path) -> None:
    """Delete a file or a whole folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def publish(source: Path, target: Path) -> None:
    """Rename ``source`` to ``target``, replacing whatever file or folder is there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    os.replace(source, target)


@contextmanager
def writing(target: Path | str) -> Iterator[Path]:
    """Give a temporary path to write a file or folder to; rename it to ``target`` on success.

    On any failure the temporary is removed and ``target`` is left as it was.

    Raises:
        UserError: the disk is full or the target cannot be written.
        OSError: the system refuses for any other reason.
    """
    target = Path(target)
    part = _temporary_beside(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield part
        publish(part, target)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise UserError(
                f"{target}: no space left to write it ({error.strerror}). Free some disk space "
                "and run the same command again; nothing half-written was left behind."
            ) from error
        if error.errno in (errno.EACCES, errno.EROFS):
            raise UserError(f"{target}: cannot be written ({error.strerror}).") from error
        raise
    finally:
        remove(part)


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
