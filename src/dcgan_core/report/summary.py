"""What a whole run comes to: metrics for machines, cards and one page for people."""

from pathlib import Path

from ..files import writing
from ..params import Params
from ..records import write_json
from .card import model_card
from .figures.gradients import draw_flow, draw_flow_over_time
from .figures.history import draw_history
from .metrics import size_metrics
from .page import report_page

SCHEMA = 1


def summarise(params: Params, root: Path, metrics: Path, target: Path) -> None:
    """Gather all sizes.

    Args:
        params: the run's settings; ``sizes`` are those gathered.
        root: the folder that holds ``results/`` and ``data/``.
        metrics: the JSON record to write, keyed by size.
        target: the folder to write ``report.html`` and each size's card and loss figure to.
    """
    sizes = {size: root / "results" / size for size in params.sizes}
    scores = {size: size_metrics(results) for size, results in sizes.items()}
    with writing(target) as part:
        part.mkdir()
        for size, results in sizes.items():
            history, run = results / "history.csv", results / "run.json"
            draw_history(history, run, part / f"loss-{size}.png", f"Training at {size}")
            gradients = results / "gradients.csv"
            draw_flow(gradients, part / f"flow-{size}.png", f"Gradients at {size}")
            draw_flow_over_time(gradients, part / f"flow-time-{size}.png", f"Gradients at {size}")
            normalized = root / "data" / "normalized" / size
            card = model_card(params, size, results, normalized, scores[size])
            (part / f"card-{size}.md").write_text(card, encoding="utf-8")
        page = report_page(params, sizes, scores, part)
        (part / "report.html").write_text(page, encoding="utf-8")
    write_json(metrics, {"schema": SCHEMA, **scores})
