"""One record of scores for all sizes, flat enough to read in a table of experiments."""

import math
from pathlib import Path

from ..evaluate.metrics import METRICS, recorded_name
from .sources import read_fidelity, read_parzen_row

PARZEN = (
    "log_likelihood",
    "log_likelihood_error",
    "nats_per_dimension",
    "sigma",
    "sigma_at_edge",
    "n_test",
)
"""Names of what is taken from the Parzen table."""


def size_metrics(results: Path) -> dict:
    """The scores of one size, from the best snapshot; nothing here depends on time or machine.

    Every value is JSON: what is no finite number is null.

    Args:
        results: ``results/<size>``.

    Raises:
        UserError: a file of scores is missing or not whole.
    """
    fidelity = read_fidelity(results)
    best, copies = fidelity["best"], fidelity["copies"]
    parzen = read_parzen_row(results, best["images"])
    parzen["log_likelihood_error"] = parzen["standard_error"]
    short = fidelity["protocol"]["extractor_short_name"]
    scores = {
        reference: _reference(found["rows"], short)
        for reference, found in fidelity["references"].items()
    }
    return {
        "best_images": best["images"],
        **scores.pop("this_distribution"),
        "repeated": copies["repeated"],
        "copied": copies["copied"],
        **{name: _finite(parzen[name]) for name in PARZEN},
        **_further(fidelity.get("more", [])),
        **scores,
    }


def _reference(rows: dict, extractor: str) -> dict[str, float]:
    """The best snapshot's scores there, each with its interval and what real images reach."""
    found = {}
    for name in METRICS:
        shown = recorded_name(name, extractor)
        best = rows["best"][name]
        found[shown] = best["value"]
        found |= {f"{shown}_low": best["low"], f"{shown}_high": best["high"]}
        found[f"{shown}_real"] = rows["real"][name]["value"]
    return found


def _further(groups: list[dict]) -> dict[str, float]:
    """Each further score, with its interval and what real images reach where it has them."""
    found = {}
    for row in (row for group in groups for row in group["rows"]):
        found[row["metric"]] = row["value"]
        parts = {part: row.get(part) for part in ("low", "high", "real")}
        found |= {f"{row['metric']}_{part}": v for part, v in parts.items() if v is not None}
    return found


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
