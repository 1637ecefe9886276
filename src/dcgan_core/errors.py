"""Errors that are the user's to fix: one clear message, no traceback."""

import reprlib

from .terminal import escaped


class UserError(Exception):
    """Something outside the program is wrong: a setting, a file, a device.

    The message names the file or setting, the value found, and the remedy.
    Stage scripts print it alone and exit with ``exit_code``.

    Each argument is one line of it. Names in them may hold anything and are escaped.
    """

    exit_code = 2

    def __str__(self) -> str:
        return "\n".join(map(escaped, self.args))


class RankLost(UserError):
    """Another process of a training with several is gone, and this one can do nothing alone."""

    exit_code = 3


class ToldElsewhere(Exception):
    """This process ends as the first one of its training does, which says why."""

    def __init__(self, exit_code: int):
        super().__init__(exit_code)
        self.exit_code = exit_code


class Interrupted(Exception):
    """The run was asked to stop (Ctrl-C or SIGTERM) and has saved what it needs to go on."""

    exit_code = 130


class _Shortened(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxlist, self.maxdict, self.maxtuple, self.maxset = 2, 4, 4, 4, 4
        self.maxstring = self.maxother = 60

    def repr_int(self, x: int, level: int) -> str:
        # Python refuses to write out a whole number of thousands of digits.
        return repr(x) if x.bit_length() <= 128 else f"<a whole number of {x.bit_length()} bits>"


def shown(value: object) -> str:
    """A value as a message shows it: its ``repr``, cut to a short line however large it is."""
    return _Shortened().repr(value)
