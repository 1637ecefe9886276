"""What a whole run comes to: metrics for machines, cards and one page for people."""

from pathlib import Path

from ..files import writing_folder
from ..params import Params
from ..records import write_json
from .card import model_card
from .charts import CHARTS
from .metrics import size_metrics
from .page import report_page

SCHEMA = 1


def summarise(params: Params, root: Path, metrics: Path, target: Path) -> None:
    """Gather all sizes.

    Args:
        params: the run's settings; ``sizes`` are those gathered.
        root: the folder that holds ``results/`` and ``data/``.
        metrics: the JSON record to write, keyed by size.
        target: the folder to write ``report.html`` and each size's card and charts to.
    """
    sizes = {size: root / "results" / size for size in params.sizes}
    scores = {size: size_metrics(results) for size, results in sizes.items()}
    with writing_folder(target, mark="report.html") as part:
        for size, results in sizes.items():
            for chart in CHARTS:
                chart.draw(results, chart.path(part, size), f"{chart.title} at {size}")
            normalized = root / "data" / "normalized" / size
            card = model_card(params, size, results, normalized, scores[size])
            (part / f"card-{size}.md").write_text(card, encoding="utf-8")
        page = report_page(params, sizes, scores, part)
        (part / "report.html").write_text(page, encoding="utf-8")
    write_json(metrics, {"schema": SCHEMA, **scores})
