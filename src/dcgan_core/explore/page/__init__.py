"""The page around the engine: one file of HTML with its style, scripts and weights inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from ...terminal import escaped
from ..engine import engine

SCRIPTS = ("parts", "pool", "images", "wall", "picks", "walk", "nearest", "address", "start")
"""In the order that they are joined in."""


def page(
    facts: Mapping[str, Any], weights: Sequence[str], sprite: str, words: Mapping[str, str]
) -> str:
    """The page's HTML.

    Args:
        facts: what the scripts read, as JSON has it.
        weights: base64 of each snapshot's numbers, in the order of ``facts["snapshots"]``.
        sprite: the small training images as a ``data:`` address.
        words: sentences by the names that the template has for them; shown as text, whatever
            they hold.
    """
    folder = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: value if isinstance(value, Markup) else escaped(value),
    )
    read = {name: (folder / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS}
    return environment.get_template("page.html.j2").render(
        words,
        facts=facts,
        facts_json=htmlsafe_json_dumps(facts),
        weights=[Markup(text) for text in weights],
        sprite=Markup(sprite),
        style=Markup((folder / "style.css").read_text(encoding="utf-8")),
        engine=Markup(engine()),
        scripts=Markup("\n".join(read.values())),
    )
