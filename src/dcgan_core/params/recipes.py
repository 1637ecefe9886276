"""Recipes: named overlays on ``params.yaml``, one file each in ``recipes/``.

A recipe may begin from another by ``extends: NAME``; its header comment names its source and
every departure from it.
"""

import difflib
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from types import NoneType
from typing import Any

from ..errors import UserError, shown
from .yaml_file import parse_yaml, read_text

FOLDER = "recipes"


@dataclass(frozen=True)
class Recipe:
    """A recipe as read.

    Attributes:
        title: the first line of its leading comment.
        header: the rest of that comment: source, data, departures.
        lineage: the recipes it is built on, itself first.
        settings: dotted names to values, those of its lineage included.
    """

    name: str
    title: str
    header: str
    lineage: tuple[str, ...]
    settings: dict[str, Any]


def recipe_names(root: Path | str = ".") -> list[str]:
    """All recipes of the project at ``root``, sorted."""
    return sorted(path.stem for path in (Path(root) / FOLDER).glob("*.yaml"))


def read_recipe(name: str, root: Path | str = ".") -> Recipe:
    """The recipe ``name`` of the project at ``root``.

    Raises:
        UserError: there is none of that name, with the nearest that there is; or its file or that
            of one it is built on is no recipe.
    """
    return _read(name, Path(root), ())


def _read(name: str, root: Path, above: tuple[str, ...]) -> Recipe:
    """A recipe that those ``above`` are built on.

    Raises:
        UserError: as :func:`read_recipe`.
    """
    path = root / FOLDER / f"{name}.yaml"
    names = recipe_names(root)
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]}?" if near else "there are: " + ", ".join(names)
        raise UserError(f"{path}: no recipe {shown(name)}; {hint}")
    if name in above:
        raise UserError(f"{path}: extends itself, by way of {', '.join(above)}. Mend its extends.")
    text = read_text(path)
    data = parse_yaml(path, text)
    below = data.pop("extends", None)
    if not isinstance(below, (str, NoneType)):
        raise UserError(f"{path}: extends = {shown(below)}: must be the name of a recipe")
    comments = list(takewhile(lambda line: line.startswith("#"), text.splitlines()))
    if not comments:
        raise UserError(f"{path}: must begin with a comment, whose first line is its title")
    title, *rest = (line.removeprefix("#").strip() for line in comments)
    base = _read(below, root, (*above, name)) if below else None
    return Recipe(
        name,
        title,
        "\n".join(rest).strip(),
        (name, *(base.lineage if base else ())),
        {**(base.settings if base else {}), **_flat(data)},
    )


def _flat(data: dict[Any, Any]) -> dict[str, Any]:
    """Sections and settings as dotted names."""
    flat: dict[str, Any] = {}
    for section, value in data.items():
        if isinstance(value, dict):
            flat |= {f"{section}.{key}": item for key, item in value.items()}
        else:
            flat[str(section)] = value
    return flat
