"""Files from the web: resumed where they broke off, retried, checked, or one clear message."""

from __future__ import annotations

import html
import logging
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ...errors import UserError
from ...files import file_hash
from ...optional import require
from ...progress import progress

if TYPE_CHECKING:
    import requests

log = logging.getLogger("dcgan")

TIMEOUT_SECONDS = 30
TRIES = 5
BACKOFF_SECONDS = 1.0
BLOCK_BYTES = 1 << 18
# A try that brought this much counts as a good one: large files outlive many broken connections.
GAIN_BYTES = 1 << 20
PASSING_TROUBLE = (408, 425, 429, 500, 502, 503, 504)
NOTHING_MORE = 416

MAGIC = {
    b"PK\3\4": "a zip archive",
    b"\x1f\x8b": "a gzip file",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
}
PAGE = "a web page"
PAGE_STARTS = (b"<!doctype html", b"<html", b"<?xml", b"<head")


class _PageInstead(Exception):
    """A web page came where the rest of a file was asked for."""


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


def download(url: str, target: Path, checksum: str, source: str, remedies: tuple[str, str]) -> None:
    """Download an http or https address to ``target``, unless it is there already.

    What arrived of it stays beside ``target`` as ``*.part`` when the connection is lost for
    good, and the next call goes on from there.

    Args:
        url: the file's address.
        target: where it is kept, once it is whole and checked.
        checksum: ``md5:`` or ``sha256:`` and hex digits of the file.
        source: the value of download.source that needs it.
        remedies: what to do if it cannot be fetched, and if it is not what was expected.

    Raises:
        UserError: another scheme, no connection, or an answer other than the file.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise UserError(f"download.url: {url} is no http, https or file address.")
    if _intact(target, checksum):
        log.info("%s: downloaded before", target)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    if _receive(url, part, checksum, source, remedies[0]) and not _intact(part, checksum):
        # Perhaps pieces of two versions of the file, joined.
        part.unlink()
        _receive(url, part, checksum, source, remedies[0])
    try:
        verify(part, url, checksum, remedies[1])
    except UserError:
        part.unlink()
        raise
    os.replace(part, target)


def _receive(url: str, part: Path, checksum: str, source: str, remedy: str) -> bool:
    """Get what ``part`` lacks, over several connections if need be.

    Returns:
        Whether it was put together from more than one answer.

    Raises:
        UserError: refused, or broken off time and again.
    """
    needed_by = f"download.source: {source}"
    requests = require("requests", "requests", needed_by)
    urllib3 = require("urllib3", "urllib3", needed_by)
    waits = urllib3.Retry(total=TRIES - 1, backoff_factor=BACKOFF_SECONDS)
    left, joined = waits, False
    with requests.Session() as session:
        while True:
            before = _size(part)
            joined = joined or before > 0
            try:
                _append(session, url, part, before)
                return joined
            except (
                requests.exceptions.RequestException,
                urllib3.exceptions.HTTPError,
                _PageInstead,
            ) as error:
                # A server may announce more bytes than the file has, and then break off.
                if _intact(part, checksum):
                    return joined
                left = waits if _size(part) - before >= GAIN_BYTES else left
                if not _may_pass(error) or left.total == 0:
                    raise UserError(
                        f"{url} could not be fetched ({_cause(error)}). {remedy}"
                    ) from error
                left = left.increment("GET", url, error=error)
                log.info("%s: %s; trying again", url, _cause(error))
                left.sleep()


def _append(session: requests.Session, url: str, part: Path, have: int) -> None:
    # Compressed in transit, neither byte counts nor ranges would be those of the file.
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with session.get(url, headers=headers, stream=True, timeout=TIMEOUT_SECONDS) as response:
        if have and response.status_code == NOTHING_MORE:
            return
        response.raise_for_status()
        # Pages about quotas and logins come as good answers, and must not replace what is there.
        if have and response.headers.get("Content-Type", "").startswith("text/html"):
            raise _PageInstead("a web page came in place of the rest of the file")
        # Any other good answer than "partial content" is the file from its start.
        have = have if response.status_code == 206 else 0
        total = have + int(response.headers.get("Content-Length", 0))
        with (
            open(part, "ab" if have else "wb") as stream,
            progress("download", total, "bytes", have) as bar,
        ):
            for block in response.raw.stream(BLOCK_BYTES, decode_content=False):
                stream.write(block)
                bar.advance(len(block))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _may_pass(error: Exception) -> bool:
    """Whether trying again may help: not if the server understood and refused."""
    if isinstance(error, _PageInstead):
        return False
    response = getattr(error, "response", None)
    return response is None or response.status_code in PASSING_TROUBLE


def _cause(error: BaseException) -> str:
    """The innermost reason, without the layers of a network library around it."""
    while True:
        inner = getattr(error, "reason", None)
        if not isinstance(inner, BaseException):
            inner = (
                error.args[0] if error.args and isinstance(error.args[0], BaseException) else None
            )
        if inner is None:
            return str(error)
        error = inner
