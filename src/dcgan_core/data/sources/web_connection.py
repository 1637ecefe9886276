"""One connection to a web server: what a file lacks is asked for, and appended to it."""

from __future__ import annotations

import re
import shutil
import ssl
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...progress import progress
from .web_patience import patiently

if TYPE_CHECKING:
    import requests

TIMEOUT_SECONDS = 30
# With the wait for each block this is the least speed, a kilobyte a second.
BLOCK_BYTES = 1 << 16
# Of a file whose length the server does not say.
MOST_UNANNOUNCED = 20 << 30
LENGTH = re.compile(r"[0-9]{1,18}")
PASSING_TROUBLE = (408, 425, 429, 500, 502, 503, 504)
NOTHING_MORE = 416
LONGEST_CAUSE = 200


class Hopeless(Exception):
    """An answer that another try would only get again."""


def append(session: requests.Session, url: str, part: Path, have: int) -> None:
    """Add to ``part``, which holds the first ``have`` bytes, what the server sends.

    A server that knows no ranges sends all, and ``part`` begins anew.

    Raises:
        Hopeless: the answer is not what was asked for.
        TooSlow: it does not come; requests and urllib3 have errors of their own besides.
    """
    with closing(patiently(_answer(session, url, have))) as answer:
        response = next(answer)
        if have and response.status_code == NOTHING_MORE:
            return
        response.raise_for_status()
        # Pages about quotas and logins come as good answers, and must not replace what is there.
        if have and response.headers.get("Content-Type", "").startswith("text/html"):
            raise Hopeless("a web page came in place of the rest of the file")
        # Any other good answer than "partial content" is the file from its start.
        have = have if response.status_code == 206 else 0
        length = _length(response, part)
        most = MOST_UNANNOUNCED if length is None else have + length
        with (
            open(part, "ab" if have else "wb") as stream,
            progress("download", have + (length or 0), "bytes", have) as bar,
        ):
            for block in answer:
                have += len(block)
                if have > most:
                    stream.truncate(0)
                    raise Hopeless(f"it sends more than {most} bytes without an end")
                stream.write(block)
                bar.advance(len(block))


def _answer(session: requests.Session, url: str, have: int) -> Generator[Any, None, None]:
    """The answer's head, then its content in blocks."""
    # Compressed in transit, neither byte counts nor ranges would be those of the file.
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with session.get(url, headers=headers, stream=True, timeout=TIMEOUT_SECONDS) as response:
        yield response
        yield from response.raw.stream(BLOCK_BYTES, decode_content=False)


def _length(response: requests.Response, part: Path) -> int | None:
    """How many bytes the answer is to have, if it says so.

    Raises:
        Hopeless: it says no number, or more than there is room for.
    """
    said = response.headers.get("Content-Length")
    if said is None or response.headers.get("Transfer-Encoding"):
        return None
    # HTTP allows the same length twice (RFC 9110, 8.6).
    lengths = {length.strip() for length in said.split(",")}
    length = lengths.pop()
    if lengths or not LENGTH.fullmatch(length):
        raise Hopeless(f"its Content-Length is {said[:40]!r}, which is no number of bytes")
    free = shutil.disk_usage(part.parent).free
    if int(length) > free:
        raise Hopeless(f"it has {length} bytes, and {part.parent} has room for {free}")
    return int(length)


def may_pass(error: Exception) -> bool:
    """Whether trying again may help: not if the server understood and refused.

    Nor with a wrong address (ValueError; requests and urllib3 derive theirs from it), a server that
    cannot show who it is, or one that leads from address to address.
    """
    if isinstance(error, Hopeless | ValueError):
        return False
    if isinstance(_innermost(error), ssl.SSLCertVerificationError):
        return False
    if type(error).__name__ in ("TooManyRedirects", "InvalidHeader"):
        return False
    response = getattr(error, "response", None)
    return response is None or response.status_code in PASSING_TROUBLE


def _innermost(error: BaseException) -> BaseException:
    """The reason, without the layers of a network library around it."""
    while True:
        inner = getattr(error, "reason", None)
        if not isinstance(inner, BaseException):
            inner = (
                error.args[0] if error.args and isinstance(error.args[0], BaseException) else None
            )
        if inner is None:
            return error
        error = inner


def cause(error: BaseException) -> str:
    """Why a connection failed, in few words."""
    text = str(_innermost(error))
    return text if len(text) <= LONGEST_CAUSE else f"{text[:LONGEST_CAUSE]}..."
