"""Files from the web: resumed where they broke off, retried, checked, or one clear message."""

from __future__ import annotations

import errno
import html
import logging
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from ...errors import Interrupted, UserError
from ...files import file_hash
from ...optional import require
from ...terminal import escaped
from .web_connection import Hopeless, append, cause, may_pass
from .web_patience import TooSlow

log = logging.getLogger("dcgan")

TRIES = 5
BACKOFF_SECONDS = 1.0
# A try that brought this much counts as a good one: large files outlive many broken connections.
GAIN_BYTES = 1 << 20

MAGIC = {
    b"PK\3\4": "a zip archive",
    b"\x1f\x8b": "a gzip file",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
}
PAGE = "a web page"
PAGE_STARTS = (b"<!doctype html", b"<html", b"<?xml", b"<head")


def scheme(url: str) -> str:
    """What an address begins with, such as ``https``.

    Raises:
        UserError: it is no address, or names no server where it should.
    """
    try:
        parts = urlsplit(url)
        # Asked for here, since a wrong one is told only then.
        parts.port  # noqa: B018
    except ValueError as error:
        raise UserError(f"download.url: {url} is no address ({error}). Correct it.") from error
    if escaped(url) != url:
        raise UserError(f"download.url: {url} holds control characters. Take them out.")
    if parts.scheme in ("http", "https") and not parts.hostname:
        raise UserError(f"download.url: {url} names no server. Correct it.")
    return parts.scheme


def looks_like(path: Path) -> str:
    """What a file's first bytes say it is, as "a zip archive"; empty where they say nothing."""
    with open(path, "rb") as stream:
        head = stream.read(4096)
    if head.lstrip().lower().startswith(PAGE_STARTS):
        title = re.search(rb"<title[^>]*>(.{1,200}?)</title", head, re.IGNORECASE | re.DOTALL)
        if title is None:
            return PAGE
        text = html.unescape(title[1].decode("utf-8", "replace"))
        return f"{PAGE} titled '{' '.join(text.split())}'"
    return next((kind for start, kind in MAGIC.items() if head.startswith(start)), "")


def web_page_note(path: Path) -> str:
    """A note in brackets if the file is a web page, which downloads by mistake often are."""
    kind = looks_like(path)
    if not kind.startswith(PAGE):
        return ""
    return f" (it is {kind}: the address may need a login, or is that of a page about it)"


def verify(path: Path, name: str, checksum: str, remedy: str) -> None:
    """Check a file's content.

    Args:
        path: the file.
        name: what messages call it.
        checksum: ``md5:`` or ``sha256:`` and hex digits.
        remedy: what to do if its hash is another, as whole sentences.

    Raises:
        UserError: its hash is another; says what the file looks like and ends in ``remedy``.
    """
    algorithm, expected = checksum.split(":")
    found = file_hash(path, algorithm)
    if found == expected:
        return
    kind = looks_like(path)
    if kind.startswith(PAGE):
        raise UserError(f"{name}: it is {kind}, not the file of {algorithm} {expected}. {remedy}")
    note = f" (it starts like {kind})" if kind else ""
    raise UserError(
        f"{name}: its {algorithm} is {found} ({path.stat().st_size} bytes), but {expected} is "
        f"expected{note}. {remedy}"
    )


def _intact(path: Path, checksum: str) -> bool:
    algorithm, expected = checksum.split(":")
    return path.is_file() and file_hash(path, algorithm) == expected


def download(
    url: str, target: Path, checksum: str, needed_by: str, remedies: tuple[str, str]
) -> None:
    """Download an http or https address to ``target``, unless it is there already.

    What arrived of it stays beside ``target`` as ``*.part`` when the connection is lost for
    good, and the next call goes on from there.

    Args:
        url: the file's address.
        target: where it is kept, once it is whole and checked.
        checksum: ``md5:`` or ``sha256:`` and hex digits of the file.
        needed_by: the setting that needs it, such as ``download.source: celeba``.
        remedies: what to do if it cannot be fetched, and if it is not what was expected.

    Raises:
        UserError: another scheme, no connection, an answer other than the file, or no space.
        Interrupted: by Ctrl-C.
        OSError: the system refuses to write for any other reason.
    """
    if scheme(url) not in ("http", "https"):
        raise UserError(f"download.url: {url} is no http, https or file address.")
    if _intact(target, checksum):
        log.info("%s: downloaded before", target)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    try:
        _obtain(url, part, checksum, needed_by, remedies)
    except KeyboardInterrupt:
        raise Interrupted(f"stopped. {_kept(part)}".rstrip()) from None
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise UserError(
            f"{part}: no space left to write it ({error.strerror}). {_kept(part)}Free some disk "
            "space and run the same command again."
        ) from error
    os.replace(part, target)


def _obtain(url: str, part: Path, checksum: str, needed_by: str, remedies: tuple[str, str]) -> None:
    if _receive(url, part, checksum, needed_by, remedies[0]) and not _intact(part, checksum):
        # Perhaps pieces of two versions of the file, joined.
        part.unlink()
        _receive(url, part, checksum, needed_by, remedies[0])
    try:
        verify(part, url, checksum, remedies[1])
    except UserError:
        part.unlink()
        raise


def _receive(url: str, part: Path, checksum: str, needed_by: str, remedy: str) -> bool:
    """Get what ``part`` lacks, over several connections if need be.

    Returns:
        Whether it was put together from more than one answer.

    Raises:
        UserError: refused, or broken off time and again.
    """
    requests = require("requests", "requests", needed_by)
    urllib3 = require("urllib3", "urllib3", needed_by)
    waits = urllib3.Retry(total=TRIES - 1, backoff_factor=BACKOFF_SECONDS)
    left, joined, farthest = waits, False, _size(part)
    with requests.Session() as session:
        while True:
            before = _size(part)
            joined = joined or before > 0
            try:
                append(session, url, part, before)
                return joined
            except (
                requests.exceptions.RequestException,
                urllib3.exceptions.HTTPError,
                UnicodeError,
                TooSlow,
                Hopeless,
            ) as error:
                # A server may announce more bytes than the file has, and then break off.
                if _intact(part, checksum):
                    return joined
                # Farther than ever: what a server makes us begin anew does not count.
                left = waits if _size(part) - farthest >= GAIN_BYTES else left
                farthest = max(farthest, _size(part))
                if not may_pass(error) or left.total == 0:
                    raise UserError(
                        f"{url} could not be fetched ({cause(error)}). {_kept(part)}{remedy}"
                    ) from error
                left = left.increment("GET", url, error=error)
                log.info("%s: %s; trying again", url, cause(error))
                left.sleep()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _kept(part: Path) -> str:
    if not (size := _size(part)):
        return ""
    return f"What came, {size} bytes, is kept in {part}; the next run goes on from there. "
