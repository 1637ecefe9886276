"""One record of scores for all sizes, flat enough to read in a table of experiments."""

from pathlib import Path

from ..evaluate.metrics import METRICS
from ..files import read_json
from ..tables import read_table


def size_metrics(results: Path) -> dict:
    """The scores of one size, from the best snapshot; nothing here depends on time or machine.

    Args:
        results: ``results/<size>``.
    """
    fidelity = read_json(results / "fidelity.json")
    best = fidelity["best"]
    parzen = {row["epoch"]: row for row in read_table(results / "parzen.csv")}[best["epoch"]]
    extractor = fidelity["protocol"]["extractor_short_name"]
    return {
        "best_epoch": best["epoch"],
        "images": best["images"],
        **{
            f"{name}_{extractor}" if metric.named_by_extractor else name: best[name]
            for name, metric in METRICS.items()
        },
        "log_likelihood": parzen["log_likelihood"],
        "nats_per_dimension": parzen["nats_per_dimension"],
    }
