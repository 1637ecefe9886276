"""What source files import, read from their text without running it.

Reading Python takes a third of a second for all of them, and every stage's start needs it. So what
a text says is remembered by the text's sha256, which no other text has.
"""

from __future__ import annotations

import ast
import hashlib
import json
import platform
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ..errors import UserError
from ..files import sha256_file, writing
from .own_files import STATE

MEMORY = f"{STATE}/imports.json"
BESIDE = "*"
"""Stands for every module beside the one that imports by a name it has to look up."""


class Import(NamedTuple):
    """One import: ``from <level dots><module> import <names>``."""

    level: int
    module: str
    names: tuple[str, ...]


class Sources:
    """The project's source files as they are now, each read once.

    Args:
        root: the project's root, with / in the paths below it.
        cached: whether what a text imports is taken from the process before that read the same
            text. A damaged memory, or one of another version of this module or of Python, is made
            anew.
    """

    def __init__(self, root: Path, cached: bool = False):
        self.root = root
        self._memory = root / MEMORY if cached else None
        self._texts: dict[str, bytes] = {}
        self._digests: dict[str, str] = {}
        self._there: dict[str, bool] = {}
        self._known = _load(self._memory)
        self._fresh = False

    def text(self, path: str) -> bytes:
        """A file's content."""
        if path not in self._texts:
            self._texts[path] = (self.root / path).read_bytes()
        return self._texts[path]

    def digest(self, path: str) -> str:
        """The sha256 of a file's content, 64 hex digits."""
        if path not in self._digests:
            self._digests[path] = hashlib.sha256(self.text(path)).hexdigest()
        return self._digests[path]

    def is_file(self, path: str) -> bool:
        """Whether there is such a file."""
        if path not in self._there:
            self._there[path] = (self.root / path).is_file()
        return self._there[path]

    def imports(self, path: str) -> list[Import]:
        """Every import of a file that may run, in order."""
        digest = self.digest(path)
        if digest not in self._known:
            self._known[digest] = _imports(self.text(path).decode("utf-8"))
            self._fresh = True
        return self._known[digest]

    def remember(self) -> None:
        """Keep for the next process what this one had to read; without space it reads again."""
        if self._memory is None or not self._fresh:
            return
        # Of the present texts alone: what old ones said is not asked for again.
        kept = {text: self._known[text] for text in self._digests.values() if text in self._known}
        with suppress(OSError, UserError), writing(self._memory) as part:
            part.write_text(json.dumps({"reader": _reader(), "imports": kept}), encoding="utf-8")
        self._fresh = False


def _reader() -> list[str]:
    """What decides how a text is read, beside the text."""
    return [sha256_file(Path(__file__)), platform.python_version()]


def _load(memory: Path | None) -> dict[str, list[Import]]:
    if memory is None:
        return {}
    try:
        record = json.loads(memory.read_bytes())
        if record["reader"] != _reader():
            return {}
        return {
            text: [_as_read(*one) for one in found] for text, found in record["imports"].items()
        }
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}


def _as_read(level: int, module: str, names: list[str]) -> Import:
    if (type(level), type(module), type(names)) != (int, str, list):
        raise ValueError("no import")
    return Import(level, module, tuple(map(str, names)))


def _imports(text: str) -> list[Import]:
    found = []
    for node in _running(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            found.append(Import(node.level, node.module or "", names))
        elif isinstance(node, ast.Import):
            found += [Import(0, alias.name, ()) for alias in node.names]
        elif isinstance(node, ast.Call) and _looks_a_name_up(node):
            found.append(Import(0, "", (BESIDE,)))
    return found


def _running(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _running(child)


def _looks_a_name_up(call: ast.Call) -> bool:
    return (
        ast.unparse(call.func).endswith("import_module")
        and len(call.args) == 2
        and ast.unparse(call.args[1]) == "__package__"
    )
