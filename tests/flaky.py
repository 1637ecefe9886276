"""A real web server that behaves as badly as it is told to."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Flaky:
    """What the server has, how it behaves for the next requests, and what it was asked.

    Behaviours: ``fine`` (the default), ``drop`` (breaks off in the middle of what is asked),
    ``unavailable`` (503), ``missing`` (404), ``ranges ignored`` (always the whole file),
    ``announces more`` and ``announces less`` (a wrong Content-Length), ``page`` (a web page, as
    if it were the file).
    """

    def __init__(self, address: str):
        self.address = address
        self.files: dict[str, bytes] = {}
        self.behaviours: list[str] = []
        self.asked: list[tuple[str, str | None]] = []

    def url(self, name: str) -> str:
        return f"{self.address}/{name}"

    def put(self, name: str, content: bytes) -> str:
        self.files[name] = content
        return self.url(name)


class Handler(BaseHTTPRequestHandler):
    flaky: Flaky

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        name = self.path.lstrip("/").split("?")[0]
        asked = self.headers.get("Range")
        self.flaky.asked.append((name, asked))
        behaviour = self.flaky.behaviours.pop(0) if self.flaky.behaviours else "fine"
        if behaviour == "unavailable":
            self.send_error(503)
            return
        if behaviour == "missing" or name not in self.flaky.files:
            self.send_error(404)
            return
        content = self.flaky.files[name]
        start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked else 0
        if behaviour == "ranges ignored":
            start = 0
        if start and start >= len(content):
            self.send_error(416)
            return
        if behaviour == "page":
            content, start = b"<html><head><title>Log in</title></head></html>", 0
        self._answer(content, start, behaviour)

    def _answer(self, content: bytes, start: int, behaviour: str) -> None:
        body = content[start:]
        length = len(body) + {"announces more": 1000, "announces less": -1000}.get(behaviour, 0)
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(length))
        if behaviour == "page":
            self.send_header("Content-Type", "text/html; charset=utf-8")
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if behaviour == "drop" else body)
        self.close_connection = True


@contextmanager
def flaky_server() -> Iterator[Flaky]:
    """Serve on a free port of this machine until the block ends."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        flaky = Flaky(f"http://127.0.0.1:{httpd.server_port}")
        httpd.RequestHandlerClass = type("Told", (Handler,), {"flaky": flaky})
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield flaky
        finally:
            httpd.shutdown()
            thread.join()
