"""One HTML page that shows a run, with every picture inside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..params import Params
from .sections import Files, section
from .shipped import changed_settings, flat_settings
from .templates import render


def report_page(params: Params, sizes: Sequence[Files], keys: Mapping[str, str]) -> str:
    """The page's HTML: the same bytes for the same files.

    What a run measured of times and memory stands in elements of the class ``measured`` alone.

    Args:
        params: the run's settings.
        sizes: where each size's files are.
        keys: of the stages that they were made by, by name.

    Raises:
        UserError: a file is missing, or not as its stage writes it.
    """
    return render(
        "report.html.j2",
        {
            "title": f"DCGAN on {params.download.source}",
            "sections": [section(params, files) for files in sizes],
            "changed": changed_settings(params),
            "settings": flat_settings(params),
            "keys": keys,
        },
    )
