"""One HTML page that shows a run, with every picture inside it."""

import base64
import html
from pathlib import Path

from ..evaluate.metrics import names_of_kind
from ..params import Params
from .card import score_rows
from .charts import CHARTS

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1rem;
       color: #222; background: #fff }
h2 { border-top: 1px solid #ccc; padding-top: 1rem }
.pictures { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start }
figure { margin: 0 } figcaption { font-size: .85rem; color: #555 }
img { max-width: 100%; height: auto }
.pixels { image-rendering: pixelated }
table { border-collapse: collapse } td, th { padding: .2rem .8rem; text-align: right }
th:first-child, td:first-child { text-align: left } tr + tr { border-top: 1px solid #ddd }
"""


def _figure(path: Path, caption: str, width: int, kind: str = "") -> str:
    mime = "image/gif" if path.suffix == ".gif" else "image/png"
    data = base64.b64encode(path.read_bytes()).decode()
    return (
        f'<figure><img class="{kind}" width="{width}" alt="{html.escape(caption)}" '
        f'src="data:{mime};base64,{data}"><figcaption>{html.escape(caption)}</figcaption></figure>'
    )


def _score_table(rows: dict[str, dict]) -> str:
    columns = list(next(iter(rows.values())))
    head = "".join(f"<th>{column}</th>" for column in ["", *columns])
    body = "".join(
        f"<tr><td>{html.escape(name)}</td>"
        + "".join(f"<td>{values[column]:.4g}</td>" for column in columns)
        + "</tr>"
        for name, values in rows.items()
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _section(size: str, results: Path, scores: dict, figures: Path) -> str:
    return "\n".join(
        [
            f"<h2>{size}</h2>",
            '<div class="pictures">',
            _figure(results / "samples.png", "Samples of the last generator", 520, "pixels"),
            _figure(results / "training.gif", "The same latents through training", 420, "pixels"),
            _figure(results / "interpolation.gif", "Walks through latent space", 520, "pixels"),
            "</div>",
            "<h3>Scores on test images</h3>",
            _score_table(score_rows(results)),
            f"<p>Parzen log-likelihood {scores['log_likelihood']:.1f} nats. "
            f"{' and '.join(names_of_kind('distance'))}: lower is better; "
            "the rest: higher is better. "
            "Real training images and noise give the scale.</p>",
            '<div class="pictures">',
            _figure(results / "fidelity.png", "Fidelity of each snapshot", 1000),
            _figure(results / "parzen.png", "Parzen log-likelihood of each snapshot", 520),
            *(_figure(chart.path(figures, size), chart.caption, chart.width) for chart in CHARTS),
            "</div>",
        ]
    )


def report_page(params: Params, sizes: dict[str, Path], scores: dict, figures: Path) -> str:
    """The page's HTML.

    Args:
        params: the run's settings; the heading names the source of its images.
        sizes: each size's results folder.
        scores: each size's metrics.
        figures: the folder that holds ``loss-<size>.png`` and the like.
    """
    sections = [_section(size, results, scores[size], figures) for size, results in sizes.items()]
    title = f"DCGAN on {html.escape(params.download.source)}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body><h1>{title}</h1>{''.join(sections)}</body></html>\n"
    )
