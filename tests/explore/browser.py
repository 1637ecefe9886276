"""A headless Chromium driven over the pipe of its DevTools protocol; needs no package.

The browser is the one that ``DCGAN_BROWSER`` names, or the first of the usual names on the PATH.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

USUAL = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
QUIET = (
    "--headless=new",
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--mute-audio",
)
PIPED = (
    "import os, sys; r, w = map(int, sys.argv[1:3]); os.dup2(r, 3); os.dup2(w, 4); "
    "os.execv(sys.argv[3], sys.argv[3:])"
)
"""Chromium reads commands from descriptor 3 and writes answers to 4."""


def found_browser() -> str | None:
    """The program, or None."""
    named = os.environ.get("DCGAN_BROWSER")
    return named or next(filter(None, map(shutil.which, USUAL)), None)


def _pipe() -> list[int]:
    """Both ends of a pipe, above the descriptors that the browser needs for its own."""
    low = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in low]
    for end in low:
        os.close(end)
    return high


class Browser:
    """One running browser.

    Args:
        program: as :func:`found_browser` gives it.
        folder: an empty one, for what it keeps.

    Raises:
        OSError: it does not start.
    """

    def __init__(self, program: str, folder: Path):
        to_read, self._write = _pipe()
        self._read, to_write = _pipe()
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        options = [*QUIET, *root, "--remote-debugging-pipe", f"--user-data-dir={folder}"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", PIPED, str(to_read), str(to_write), program, *options],
            pass_fds=(to_read, to_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        self._left, self._number, self.events = b"", 0, []
        self.call("Browser.getVersion", timeout=60)

    def call(self, method: str, session: str | None = None, timeout: float = 120, **values):
        """The result of one command; events that come meanwhile are kept."""
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": values}
        if session:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + timeout
        while True:
            answer = self._next(end, method)
            if answer.get("id") == number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def _next(self, end: float, method: str) -> dict:
        while b"\0" not in self._left:
            ready, _, _ = select.select([self._read], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise TimeoutError(f"the browser does not answer {method}")
            more = os.read(self._read, 1 << 20)
            if not more:
                raise OSError(f"the browser ended with {self._process.wait()}")
            self._left += more
        message, _, self._left = self._left.partition(b"\0")
        return json.loads(message)

    def open(self, address: str, width: int = 1280, height: int = 900, dark: bool = False):
        """A new tab at an address, as a :class:`Tab`."""
        return Tab(self, address, width, height, dark)

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(timeout=30)
        os.close(self._read)
        os.close(self._write)


class Tab:
    """One page, with all that it asked for and complained of.

    Attributes:
        requests: addresses, but those of the page's own ``data:`` and ``blob:``.
        complaints: errors and warnings of its console, and errors that nobody caught.
    """

    def __init__(self, browser: Browser, address: str, width: int, height: int, dark: bool):
        self._browser = browser
        self._target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        attached = browser.call("Target.attachToTarget", targetId=self._target, flatten=True)
        self._session = attached["sessionId"]
        self.requests: list[str] = []
        self.complaints: list[str] = []
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call(
            "Emulation.setDeviceMetricsOverride",
            **{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Page.navigate", url=address)

    def call(self, method: str, **values):
        """As :meth:`Browser.call`, of this tab."""
        result = self._browser.call(method, session=self._session, **values)
        mine = [event for event in self._browser.events if event.get("sessionId") == self._session]
        self._browser.events = [event for event in self._browser.events if event not in mine]
        for event in mine:
            self._take(event["method"], event["params"])
        return result

    def _take(self, method: str, values: dict) -> None:
        if method == "Network.requestWillBeSent":
            address = values["request"]["url"]
            if not address.startswith(("data:", "blob:", "about:")):
                self.requests.append(address)
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(values["exceptionDetails"])[:500])
        elif method == "Runtime.consoleAPICalled" and values["type"] in ("error", "warning"):
            self.complaints.append(json.dumps(values["args"])[:500])
        elif method == "Log.entryAdded" and values["entry"]["level"] in ("error", "warning"):
            self.complaints.append(values["entry"]["text"])

    def value(self, expression: str):
        """What JavaScript comes to, a promise's result included."""
        result = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in result:
            raise AssertionError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait(self, expression: str, seconds: float = 60) -> None:
        """Until JavaScript is true."""
        end = time.monotonic() + seconds
        while not self.value(expression):
            if time.monotonic() > end:
                raise AssertionError(f"after {seconds} s still not: {expression}")
            time.sleep(0.05)

    def click(self, selector: str) -> None:
        """Click the middle of an element with the mouse."""
        place = self.value(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); "
            "e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect(); "
            "return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call(
                "Input.dispatchMouseEvent",
                **{"type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1},
            )

    def press(self, key: str) -> None:
        """Press a key that has no letter: ArrowRight, Enter, Tab."""
        codes = {"Enter": 13, "Tab": 9, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39}
        values = {"key": key, "code": key, "windowsVirtualKeyCode": codes.get(key, 40)}
        text = {"text": "\r"} if key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", **values, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **values)

    def picture(self, path: Path) -> None:
        """The whole page as a PNG."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def close(self) -> None:
        """Close the tab."""
        self._browser.call("Target.closeTarget", targetId=self._target)
