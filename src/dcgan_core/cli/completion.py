"""Completion by the shell, where the package argcomplete is installed.

The shell starts the command with nothing to do, and asks it what may follow what was typed.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import suppress

from ..device import DEVICES
from .snapshots import RESULTS
from .values import to_size

ASKED = "_ARGCOMPLETE"
"""The variable that argcomplete's part in the shell sets."""


def complete_if_asked(parser: argparse.ArgumentParser) -> None:
    """Answer the shell and end; return if it is a person who runs the command."""
    if ASKED not in os.environ:
        return
    # Without the package there is nothing to answer, and the parser ends it, having no command.
    with suppress(ImportError):
        import argcomplete

        for action in _actions(parser):
            if found := _completer(action):
                # argcomplete looks for it there.
                action.completer = found  # type: ignore[attr-defined]
        argcomplete.autocomplete(parser)


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)


def _completer(action: argparse.Action) -> Callable[..., list[str]] | None:
    if action.type is to_size:
        return lambda **_: sorted(path.parent.name for path in RESULTS.glob("*/snapshots"))
    if action.dest == "device":
        return lambda **_: [*DEVICES]
    if action.dest == "recipe" or (action.metavar == "NAME" and not action.option_strings):
        return lambda **_: _recipes()
    return None


def _recipes() -> list[str]:
    from ..params.recipes import recipe_names

    return recipe_names()
