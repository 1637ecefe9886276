"""What people read on a terminal: no name of a file or setting in it can pose as more than text."""

import argparse
import copy
import logging
import re
import sys
from typing import NoReturn, TextIO

# C0 and C1 controls, which terminals obey; marks that turn the direction of writing, as "Trojan
# Source" (Boucher and Anderson 2021) uses them; other line ends; bytes that are not UTF-8.
CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def escaped(text: object) -> str:
    """The text as one line to print, its control characters as ``\\x1b`` or ``\\u202e``."""
    return CONTROLS.sub(_escape, str(text))


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return SHORT.get(found[0]) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def say(*lines: object, stream: TextIO | None = None) -> None:
    """Print each argument as one line, to standard output unless there is a ``stream``."""
    print("\n".join(map(escaped, lines)), file=stream or sys.stdout)


def _escaped_lines(text: str) -> str:
    return "\n".join(map(escaped, text.split("\n")))


class Formatter(logging.Formatter):
    """For every handler: a message keeps its own newlines, not those of its arguments."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as text."""
        record = copy.copy(record)
        if isinstance(record.args, tuple):
            record.args = tuple(
                value if isinstance(value, int | float) else escaped(value) for value in record.args
            )
        record.msg, record.args, record.exc_text = _escaped_lines(record.getMessage()), None, None
        return super().format(record)

    def formatException(self, ei) -> str:
        """A traceback, with the lines that it has."""
        return _escaped_lines(super().formatException(ei))


class Parser(argparse.ArgumentParser):
    """A command line's, whose errors repeat what was typed."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and exit with 2."""
        super().error(escaped(message))
