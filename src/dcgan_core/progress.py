"""One progress bar a stage on a terminal; a short line now and then in a log."""

import logging
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

log = logging.getLogger("dcgan")

LOG_EVERY_SECONDS = 30.0


class Progress:
    """Counts work done. ``advance`` may be called as often as one likes.

    On a terminal it is a tqdm bar with rate and time left. Elsewhere it logs one
    line every 30 seconds, so that a log file stays readable.
    """

    def __init__(
        self, description: str, total: int, unit: str, initial: int = 0, shown: bool = True
    ):
        self.description, self.total, self.unit = description, total, unit
        self.done = initial
        self._first = initial
        self._start = self._last_line = time.monotonic()
        self._note = ""
        self._bar = None
        self._shown = shown
        if shown and sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(
                total=total, desc=description, unit=f" {unit}", initial=initial, dynamic_ncols=True
            )

    def advance(self, count: int = 1, note: str = "") -> None:
        """Count ``count`` more units; ``note`` is shown after the bar."""
        self.done += count
        self._note = note or self._note
        if self._bar is not None:
            if note:
                self._bar.set_postfix_str(note, refresh=False)
            self._bar.update(count)
        elif self._shown and time.monotonic() - self._last_line >= LOG_EVERY_SECONDS:
            self._line()

    def move_to(self, done: int, note: str = "") -> None:
        """Count up or down to ``done`` units; what is taken back does not lower the rate."""
        back = max(self.done - done, 0)
        self._first -= back
        if self._bar is not None:
            self._bar.initial -= back
        self.advance(done - self.done, note)

    def _line(self) -> None:
        now = time.monotonic()
        rate = (self.done - self._first) / max(now - self._start, 1e-9)
        left = (self.total - self.done) / max(rate, 1e-9)
        log.info(
            "%s: %d of %d %s, %.1f/s, %.0f s left %s",
            self.description,
            self.done,
            self.total,
            self.unit,
            rate,
            left,
            self._note,
        )
        self._last_line = now

    def close(self) -> None:
        """Take the bar off the terminal's last line."""
        if self._bar is not None:
            self._bar.close()


@contextmanager
def progress(
    description: str, total: int, unit: str, initial: int = 0, shown: bool = True
) -> Iterator[Progress]:
    """A :class:`Progress` that is closed whatever happens; it says nothing unless ``shown``."""
    bar = Progress(description, total, unit, initial, shown)
    try:
        yield bar
    finally:
        bar.close()


def tracked(items: Iterable, description: str, total: int, unit: str) -> Iterator:
    """Yield ``items``, counting each one on a progress bar."""
    with progress(description, total, unit) as bar:
        for item in items:
            yield item
            bar.advance()


def duration(seconds: float) -> str:
    """A rough time in words: ``"about 40 s"``, ``"about 4 min"``, ``"about 2 h 10 min"``."""
    if seconds < 55:
        return f"about {max(5, 5 * round(seconds / 5))} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"about {minutes} min"
    hours, minutes = divmod(10 * round(seconds / 600), 60)
    if hours < 24:
        return f"about {hours} h" + (f" {minutes} min" if minutes else "")
    days, hours = divmod(round(seconds / 3600), 24)
    return f"about {days} d" + (f" {hours} h" if hours else "")
