"""What a whole run comes to: metrics for machines, cards and one page for people."""

from collections.abc import Mapping
from pathlib import Path

from ..files import writing_folder
from ..params import Params
from ..records import write_json
from .card import model_card
from .charts import CHARTS
from .metrics import size_metrics
from .page import report_page
from .sections import Files

SCHEMA = 1


def summarise(
    params: Params, root: Path, metrics: Path, target: Path, keys: Mapping[str, str]
) -> None:
    """Gather all sizes.

    Args:
        params: the run's settings; ``sizes`` are those gathered.
        root: the folder that holds ``results/`` and ``data/``.
        metrics: the JSON record to write, keyed by size.
        target: the folder to write ``report.html`` and each size's card and charts to.
        keys: of the stages that made what is gathered, by name.
    """
    scores = {size: size_metrics(root / "results" / size) for size in params.sizes}
    with writing_folder(target, mark="report.html") as part:
        sizes = [_files(size, root, part) for size in params.sizes]
        for files in sizes:
            for chart in CHARTS:
                path = chart.path(part, files.size)
                chart.draw(files.results, path, f"{chart.title} at {files.size}")
            card = model_card(params, files)
            (part / f"card-{files.size}.md").write_text(card, encoding="utf-8")
        page = report_page(params, sizes, keys)
        (part / "report.html").write_text(page, encoding="utf-8")
    write_json(metrics, {"schema": SCHEMA, **scores})


def _files(size: str, root: Path, figures: Path) -> Files:
    resized = root / "data" / "resized"
    return Files(
        size=size,
        results=root / "results" / size,
        normalized=root / "data" / "normalized" / size,
        resized=resized / f"{size}.json",
        dropped=resized / f"{size}-dropped.png",
        figures=figures,
    )
