"""What a progress bar says, also when work is taken back."""

import io
import logging

import pytest

from dcgan_core import progress
from dcgan_core.progress import LOG_EVERY_SECONDS, Progress


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes when it is told to: a list that holds the time."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_a_line_says_where_work_is_and_how_fast_it_goes(clock, caplog):
    caplog.set_level(logging.INFO, "dcgan")
    bar = Progress("train 16", 100, "steps", initial=10)
    clock[0] = 20.0
    bar.advance(19)
    assert caplog.messages == []
    clock[0] += LOG_EVERY_SECONDS
    bar.advance(31, note="loss 1")
    assert caplog.messages == ["train 16: 60 of 100 steps, 1.0/s, 40 s left loss 1"]


def test_going_back_lowers_the_count_and_not_the_rate(clock, caplog):
    caplog.set_level(logging.INFO, "dcgan")
    bar = Progress("train 16", 100, "steps")
    clock[0] = 20.0
    bar.move_to(20)
    bar.move_to(5)
    clock[0] = 40.0
    bar.move_to(25)
    assert caplog.messages == ["train 16: 25 of 100 steps, 1.0/s, 75 s left "]


def test_a_bar_on_a_terminal_goes_back_too(monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr("sys.stderr", terminal)
    with progress.progress("train 16", 10, "steps") as bar:
        for done in (1, 2, 3, 4, 1, 2):
            bar.move_to(done, note="loss 1")
        assert (bar.done, bar._bar.n) == (2, 2)
        bar._bar.refresh()
    assert "2/10" in terminal.getvalue()
    assert "-" not in terminal.getvalue()
