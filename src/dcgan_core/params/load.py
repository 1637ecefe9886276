"""Reading ``params.yaml`` into the typed schema, with errors a person can act on."""

import difflib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ..errors import UserError, shown
from .own_files import refuse_written_folders
from .recipes import read_recipe
from .schema import Params
from .yaml_file import parse_yaml, read_text

MOST_TOLD = 20


def load_params(
    path: str | Path = "params.yaml",
    overrides: dict[str, Any] | None = None,
    recipe: str | None = None,
) -> Params:
    """Read and check the settings.

    Args:
        path: the YAML file (read as YAML 1.2, so ``1e-05`` is a number).
        recipe: a name in ``recipes/`` beside the file, laid over it before ``overrides``.
        overrides: dotted names to values, such as ``{"train.lr": 0.0001}``.

    Raises:
        UserError: no such file, not YAML, or any setting unknown, missing, of the wrong type
            or out of range; one line for each, with the key's path and what is allowed. Or files
            of the user's in a folder that the program empties.
    """
    path = Path(path)
    data = parse_yaml(path, read_text(path))
    laid = read_recipe(recipe, path.parent).settings if recipe else {}
    for name, value in {**laid, **(overrides or {})}.items():
        _override(path, data, name, value)
    try:
        params = Params.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        lines = [f"{path}: {_explain(detail)}" for detail in details[:MOST_TOLD]]
        if len(details) > MOST_TOLD:
            lines.append(f"{path}: and {len(details) - MOST_TOLD} more")
        raise UserError(*lines) from error
    refuse_written_folders(params, path.absolute().parent)
    return params


def _override(path: Path, data: dict, name: str, value: Any) -> None:
    *sections, key = name.split(".")
    for section in sections:
        data = data.setdefault(section, {})
        if not isinstance(data, dict):
            raise UserError(f"{path}: {section} = {shown(data)}: must be a section with settings")
    data[key] = value


def _known_names(location: tuple) -> list[str]:
    """The names the schema knows in the section that holds ``location``."""
    model: Any = Params
    for part in location[:-1]:
        model = model.model_fields[part].annotation
    return list(model.model_fields) if issubclass(model, BaseModel) else []


def _where_else(key: str) -> list[str]:
    """Sections other than the one written in that do have a setting of this name."""
    return [
        f"{section}.{key}"
        for section, field in Params.model_fields.items()
        if isinstance(field.annotation, type)
        and issubclass(field.annotation, BaseModel)
        and key in field.annotation.model_fields
    ]


def _explain(detail: ErrorDetails) -> str:
    name = ".".join(str(part) for part in detail["loc"] if not isinstance(part, int))
    kind, found = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        return _explain_unknown(name, detail["loc"])
    if kind == "missing":
        return f"{name} is missing: {allowed(detail['loc'])}"
    if kind == "value_error":
        reason = str(detail["ctx"]["error"])
        told = "" if isinstance(found, dict) else f" = {shown(found)}"
        return f"{name}{told}: {reason}" if name else reason
    if kind == "invalid_key":
        return f"{shown(found)} is not a setting; names are text"
    return f"{name} = {shown(found)}: {allowed(detail['loc'])}"


def _explain_unknown(name: str, location: tuple) -> str:
    known = _known_names(location)
    near = difflib.get_close_matches(str(location[-1]), known, n=1)
    elsewhere = _where_else(str(location[-1]))
    if near:
        hint = f"did you mean {near[0]!r}?"
    elif elsewhere:
        hint = f"did you mean {elsewhere[0]}?"
    else:
        hint = "known names here: " + ", ".join(known)
    return (
        f"{name if name.isprintable() and len(name) < 80 else shown(name)} is not a setting; {hint}"
    )


_WORDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
_KINDS = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}


def allowed(location: tuple) -> str:
    """What the schema allows at ``location``, in words."""
    model: Any = Params
    for part in location[:-1]:
        if isinstance(part, str):
            model = model.model_fields[part].annotation
    field = model.model_fields.get(location[-1]) if hasattr(model, "model_fields") else None
    if field is None:
        return 'must be text, such as "64"'
    choices = [choice for choice in get_args(field.annotation) if not isinstance(choice, type)]
    for piece in field.metadata:
        choices += get_args(piece) if not choices else []
    if choices:
        return "must be one of " + ", ".join(str(choice) for choice in choices)
    bounds = []
    for piece in field.metadata:
        bounds += [
            f"{words} {getattr(piece, attribute)}"
            for attribute, words in _WORDS.items()
            if getattr(piece, attribute, None) is not None
        ]
        if pattern := getattr(piece, "pattern", None):
            bounds.append(f"of the form {pattern}")
        if getattr(piece, "min_length", None):
            bounds.append("not empty")
    if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
        return "must be a section with " + ", ".join(field.annotation.model_fields)
    return " ".join(
        ["must be", _KINDS.get(field.annotation, "a list"), *[", ".join(bounds)]]
    ).strip()
