"""One record of scores for all sizes, flat enough to read in a table of experiments."""

from pathlib import Path

from ..evaluate.metrics import METRICS, recorded_name
from .sources import read_fidelity, read_parzen_row


def size_metrics(results: Path) -> dict:
    """The scores of one size, from the best snapshot; nothing here depends on time or machine.

    Args:
        results: ``results/<size>``.

    Raises:
        UserError: a file of scores is missing or not whole.
    """
    fidelity = read_fidelity(results)
    best = fidelity["best"]
    parzen = read_parzen_row(results, best["epoch"])
    extractor = fidelity["protocol"]["extractor_short_name"]
    return {
        "best_epoch": best["epoch"],
        "images": best["images"],
        **{recorded_name(name, extractor): best[name] for name in METRICS},
        "log_likelihood": parzen["log_likelihood"],
        "nats_per_dimension": parzen["nats_per_dimension"],
    }
