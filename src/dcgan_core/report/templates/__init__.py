"""The pages' templates, and how values are written into them.

``base.html.j2`` is what all pages share: no script, nothing that a browser would fetch, light and
dark. ``parts.html.j2`` has what several of them show.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ...evaluate.metrics import METRICS
from ...params.yaml_file import setting_text
from ...terminal import escaped
from ..glossary import TERMS
from ..numbers import count, interval, listed, number, percent
from ..scores import resolution_text


def render(template: str, values: Mapping[str, Any]) -> str:
    """A page's HTML.

    Args:
        template: a file beside this one.
        values: what it shows; text in them is shown as text, whatever it holds.
    """
    return _environment().get_template(template).render(values)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_finalized,
    )
    filters = {
        "count": count,
        "interval": interval,
        "listed": listed,
        "number": number,
        "percent": percent,
        "resolution": resolution_text,
        "setting": setting_text,
    }
    environment.filters.update(filters)
    environment.globals.update(terms=TERMS, metrics=METRICS)
    return environment


def _finalized(value: object) -> object:
    # Autoescape takes care of tags; this, of marks that turn the direction of writing.
    return value if isinstance(value, Markup) else escaped(value)
