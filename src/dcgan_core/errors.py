"""Errors that are the user's to fix: one clear message, no traceback."""

from .terminal import shown


class UserError(Exception):
    """Something outside the program is wrong: a setting, a file, a device.

    The message names the file or setting, the value found, and the remedy.
    Stage scripts print it alone and exit with ``exit_code``.

    Each argument is one line of it. Names in them may hold anything and are escaped.
    """

    exit_code = 2

    def __str__(self) -> str:
        return "\n".join(map(shown, self.args))


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
