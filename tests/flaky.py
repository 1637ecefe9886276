"""A real web server that behaves as badly as it is told to."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Flaky:
    """What the server has, how it behaves for the next requests, and what it was asked.

    Behaviours: ``fine`` (the default), ``drop`` (breaks off in the middle of what is asked),
    ``unavailable`` (503), ``missing`` (404), ``ranges ignored`` (always the whole file),
    ``announces more`` and ``announces less`` (a wrong Content-Length), ``page`` (a web page, as
    if it were the file), ``forbidden`` (403), ``in circles`` (leads to itself), ``endless`` (no
    length and no end), ``dribble`` and ``dribbled head`` (a byte now and then), ``first N`` (N
    bytes from the start, whatever is asked for) and ``length: X`` for any header; ``;`` between
    several.
    """

    def __init__(self, address: str):
        self.address = address
        self.files: dict[str, bytes] = {}
        self.behaviours: list[str] = []
        self.asked: list[tuple[str, str | None]] = []
        self.closing = False

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
        if behaviour == "forbidden":
            self.send_error(403)
            return
        if behaviour == "in circles":
            self.flaky.behaviours.append("in circles")
            self.send_response(302)
            self.send_header("Location", self.path)
            self.end_headers()
            return
        if behaviour == "dribbled head":
            self._dribble(b"HTTP/1.0 200 OK\r\n" + b"X-More: 1\r\n" * 10_000)
            return
        if behaviour == "missing" or name not in self.flaky.files:
            self.send_error(404)
            return
        content = self.flaky.files[name]
        start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked else 0
        if behaviour == "ranges ignored" or behaviour.startswith("first "):
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
        lengths = [str(length)] if behaviour != "endless" else []
        if behaviour.startswith("length: "):
            lengths = behaviour.removeprefix("length: ").split(";")
        for text in lengths:
            self.send_header("Content-Length", text)
        if behaviour == "page":
            self.send_header("Content-Type", "text/html; charset=utf-8")
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        self.close_connection = True
        if behaviour == "dribble":
            self._dribble(body)
        while behaviour == "endless" and not self.flaky.closing:
            try:
                self.wfile.write(body)
            except OSError:
                return
        if behaviour.startswith("first "):
            body = body[: int(behaviour.removeprefix("first "))]
        self.wfile.write(body[: len(body) // 2] if behaviour == "drop" else body)

    def _dribble(self, content: bytes) -> None:
        for byte in content:
            if self.flaky.closing:
                return
            try:
                self.wfile.write(bytes([byte]))
            except OSError:
                return
            time.sleep(0.01)


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
            flaky.closing = True
            httpd.shutdown()
            thread.join()
