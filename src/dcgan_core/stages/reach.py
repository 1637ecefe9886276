"""Which code a stage's script reaches: what its key is made from.

Read from the sources without running them: every import counts, those inside functions too, and
those for type checkers alone do not. A module that is imported brings the ``__init__`` of each
package above it, and an ``__init__`` the data beside it, such as templates. A call of
``import_module(f".{name}", __package__)`` may bring any module beside the one that calls.
"""

from __future__ import annotations

from pathlib import Path

from .imports import BESIDE, Sources

PACKAGE = "src/dcgan_core"
SCRIPTS = "workflow/scripts"
DATA = (".css", ".j2", ".js", ".yaml")
"""Endings of files that are data of the package they lie in. Weights are in a key by their hash,
which the module that reads them has."""

EXCEPTIONS = {
    f"{PACKAGE}/__init__.py": "holds the version alone",
    f"{PACKAGE}/errors.py": "is about failures, and a failed stage leaves nothing",
    f"{PACKAGE}/files.py": "names, renames and hashes files that others have filled",
    f"{PACKAGE}/optional.py": "imports a package or says how to install it",
    f"{PACKAGE}/parts.py": "gives places to write at and removes old ones",
    f"{PACKAGE}/progress.py": "shows how far a stage is",
    f"{PACKAGE}/terminal.py": "shows messages and shapes no result",
    f"{PACKAGE}/device": "is where work runs; the record of a run names it",
    f"{PACKAGE}/process": "is where work runs",
    f"{PACKAGE}/params": "reads settings, and their values are in the keys themselves",
    f"{PACKAGE}/stages": "says where outputs lie and when they are up to date",
    f"{SCRIPTS}/common.py": "hands settings and paths to a stage and signs its key",
    f"{SCRIPTS}/launch.py": "starts one stage as several processes",
    f"{SCRIPTS}/root.py": "puts the package on the path",
}
"""Code in no key, with the reason; nor is what a stage reaches through it alone."""

VIEWING = {f"{PACKAGE}/train/outputs/preview.py": "lets people watch, and no output holds it"}
"""The same, of the train stage alone."""

FETCHING = {f"{PACKAGE}/data/sources": "brings a file whose hash is fixed, and shapes no score"}
"""The same, of the fidelity stage alone."""

OF_ONE_STAGE = {f"{SCRIPTS}/train.py": VIEWING, f"{SCRIPTS}/fidelity.py": FETCHING}
"""Exceptions by the script that they hold for."""


def code_of(script: str, sources: Sources) -> list[str]:
    """Files in the key of the stage with this script, sorted; all paths from the project's root.

    Args:
        script: ``workflow/scripts/<stage>.py``.
        sources: the project's files.
    """
    excepted = {**EXCEPTIONS, **OF_ONE_STAGE.get(script, {})}
    found, todo = {script}, [script]
    while todo:
        for path in imported_by(todo.pop(), sources):
            if path not in found and not is_excepted(path, excepted):
                found |= {path, *data_beside(path, sources.root)}
                todo.append(path)
    return sorted(found)


def data_beside(path: str, root: Path) -> list[str]:
    """Files of data that belong to the package whose ``__init__`` the file ``path`` is."""
    folder, _, name = path.rpartition("/")
    if name != "__init__.py":
        return []
    files = (root / folder).iterdir()
    return sorted(f"{folder}/{file.name}" for file in files if file.suffix in DATA)


def is_excepted(path: str, excepted: dict[str, str]) -> bool:
    """Whether a file is one of the exceptions or lies in a folder that is."""
    return any(path == name or path.startswith(f"{name}/") for name in excepted)


def imported_by(path: str, sources: Sources) -> set[str]:
    """Files of this project that the file ``path`` imports, ``__init__`` files on the way too."""
    found: set[str] = set()
    folder = path.rpartition("/")[0]
    for level, module, names in sources.imports(path):
        if names == (BESIDE,):
            found |= {f"{folder}/{file.name}" for file in (sources.root / folder).glob("*.py")}
            continue
        base = _base(folder, level, module, sources)
        if base is not None:
            for name in (None, *names):
                found |= _files(f"{base}/{name}" if name else base, sources)
    return found


def _base(folder: str, level: int, module: str, sources: Sources) -> str | None:
    """The path, without ending, of what ``from module import`` names; None outside the project."""
    inside = module.replace(".", "/")
    if level:
        above = folder.split("/")[: len(folder.split("/")) - level + 1]
        return "/".join([*above, inside] if inside else above)
    if module.split(".")[0] == "dcgan_core":
        return f"src/{inside}"
    # Scripts import one another by their bare names.
    beside = f"{folder}/{inside}"
    return beside if folder == SCRIPTS and sources.is_file(f"{beside}.py") else None


def _files(stem: str, sources: Sources) -> set[str]:
    """The file that a module's path without ending means, and each package's above it."""
    file = f"{stem}.py" if sources.is_file(f"{stem}.py") else f"{stem}/__init__.py"
    if not sources.is_file(file):
        return set()
    found, above = {file}, stem.rpartition("/")[0]
    while above.startswith(PACKAGE):
        found.add(f"{above}/__init__.py")
        above = above.rpartition("/")[0]
    return found
