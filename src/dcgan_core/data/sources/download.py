"""One file from the web, with progress and one clear message when it fails."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from ...errors import UserError
from ...progress import Progress
from .optional import require

TIMEOUT_SECONDS = 30


class _Bar:
    """What pooch asks of a progress bar, shown as ours."""

    def __init__(self) -> None:
        self.total = 0
        self._progress: Progress | None = None

    def update(self, count: int) -> None:
        if self._progress is None:
            self._progress = Progress("download", self.total, "bytes")
        self._progress.advance(count)

    def reset(self) -> None:
        self.close()

    def close(self) -> None:
        if self._progress is not None:
            self._progress.close()
            self._progress = None


def download(url: str, target: Path) -> None:
    """Download an http or https address to ``target``.

    Raises:
        UserError: another scheme, no connection, or an answer other than the file.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise UserError(f"download.url: {url} is no http, https or file address.")
    pooch = require("pooch", "pooch", "archive with a url")
    requests = require("requests", "requests", "archive with a url")
    fetch = pooch.HTTPDownloader(progressbar=_Bar(), timeout=TIMEOUT_SECONDS)
    try:
        fetch(url, str(target), None)
    except requests.exceptions.RequestException as error:
        raise UserError(
            f"download.url: {url} could not be fetched ({_cause(error)}). Check the address and "
            "the connection, or fetch it by hand and name it as download.path."
        ) from error


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
