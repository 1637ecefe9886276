"""One record of scores for all sizes, flat enough to read in a table of experiments."""

from pathlib import Path

from ..records import read_json
from ..tables import read_table

SHORT_NAMES = {"efficientnet-lite0": "efflite0"}
"""The extractor is part of a distance's name: ``fd_efflite0`` is no FID."""


def size_metrics(results: Path) -> dict:
    """The scores of one size, from the best snapshot; nothing here depends on time or machine.

    Args:
        results: ``results/<size>``.
    """
    fidelity = read_json(results / "fidelity.json")
    best = fidelity["best"]
    parzen = {row["epoch"]: row for row in read_table(results / "parzen.csv")}[best["epoch"]]
    extractor = SHORT_NAMES[fidelity["protocol"]["extractor"]]
    return {
        "best_epoch": best["epoch"],
        "images": best["images"],
        f"fd_{extractor}": best["fd"],
        f"kid_{extractor}": best["kid"],
        "precision": best["precision"],
        "recall": best["recall"],
        "density": best["density"],
        "coverage": best["coverage"],
        "log_likelihood": parzen["log_likelihood"],
        "nats_per_dimension": parzen["nats_per_dimension"],
    }
