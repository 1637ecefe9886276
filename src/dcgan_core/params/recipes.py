"""Recipes: named overlays on ``params.yaml``, one file each in ``recipes/``.

A recipe may begin from another by ``extends: NAME``; its header comment names its source and
every departure from it.
"""

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from ..errors import UserError

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
        UserError: there is none of that name, with the nearest that there is.
    """
    path = Path(root) / FOLDER / f"{name}.yaml"
    names = recipe_names(root)
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]}?" if near else "there are: " + ", ".join(names)
        raise UserError(f"{path}: no recipe {name!r}; {hint}")
    text = path.read_text(encoding="utf-8")
    data = YAML(typ="safe", pure=True).load(text)
    below = data.pop("extends", None)
    lines = text.splitlines()
    comments = lines[: next(i for i, line in enumerate(lines) if not line.startswith("#"))]
    title, *rest = (line.removeprefix("#").strip() for line in comments)
    base = read_recipe(below, root) if below else None
    return Recipe(
        name,
        title,
        "\n".join(rest).strip(),
        (name, *(base.lineage if base else ())),
        {**(base.settings if base else {}), **_flat(data)},
    )


def _flat(data: dict[str, Any]) -> dict[str, Any]:
    """Sections and settings as dotted names."""
    flat: dict[str, Any] = {}
    for section, value in data.items():
        if isinstance(value, dict):
            flat |= {f"{section}.{key}": item for key, item in value.items()}
        else:
            flat[section] = value
    return flat
