"""What the fidelity stage writes: a row of its table for each snapshot, and its record."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..nets.snapshot import SnapshotInfo
from ..params import Fidelity
from .estimates import LEVEL, Estimate, verdict
from .fidelity import RECALL_NEIGHBORS
from .metrics import METRICS
from .near_copies import LIMIT, USUAL, Look
from .real_sets import REFERENCES
from .select import Choice
from .subsets import DRAWS, HALF, SHARE

SCHEMA = 2


@dataclass(frozen=True)
class Scored:
    """One snapshot, as it is chosen by.

    Attributes:
        path: its file.
        info: what it says of itself.
        scores: against validation images.
        look: at its samples, for copies.
        veto: why it cannot be the best; empty where it can.
    """

    path: Path
    info: SnapshotInfo
    scores: dict[str, Estimate]
    look: Look
    veto: str


def snapshot_row(one: Scored, verdict: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """One row of the table.

    Args:
        one: the snapshot.
        verdict: of the choice.
        facts: columns that are the same in all rows.
    """
    row: dict[str, Any] = {
        "epoch": one.info.epoch,
        "step": one.info.step,
        "images": one.info.images,
    }
    for name, estimate in one.scores.items():
        low, high = estimate.interval
        row |= {name: estimate.value, f"{name}_low": low, f"{name}_high": high}
    look = one.look
    return {
        **row,
        "repeated": look.repeated,
        "copied": look.copied,
        "ratio_pixels": look.ratio_pixels,
        "ratio_features": look.ratio_features,
        "verdict": verdict,
        "veto": one.veto,
        **facts,
    }


def protocol(
    extractor: Mapping[str, Any], params: Fidelity, count: int, neighbors: Mapping[str, int]
) -> dict[str, Any]:
    """What scores rest on; two of other protocols do not compare.

    Args:
        extractor: its own part, with its short name, and what images with alpha are put on.
        params: the stage's settings.
        count: samples, and real images at most.
        neighbors: k, by reference.
    """
    return {
        **extractor,
        "samples": count,
        "neighbors": dict(neighbors),
        "recall_neighbors": RECALL_NEIGHBORS,
        "seed": params.seed,
        "criterion": params.criterion,
        "chosen_on": "validation split",
        "interval": {
            "level": LEVEL,
            "method": f"{DRAWS} subsets of {SHARE:.0%} of the images, of {HALF:.0%} for coverage, "
            "or of their groups, without replacement (delete-d jackknife); Wilson's for shares",
        },
        "veto": f"above {LIMIT:.0%} of samples repeated or copied (real images: {USUAL:.0%})",
    }


def choice_record(scored: Sequence[Scored], choice: Choice) -> dict[str, Any]:
    """Which snapshot was chosen, and what is not decided between it and others."""
    best = scored[choice.best].info
    images = [one.info.images for one in scored]
    return {
        "epoch": best.epoch,
        "step": best.step,
        "images": best.images,
        "undecided": [
            seen
            for seen, verdict in zip(images, choice.verdicts, strict=True)
            if verdict == "undecided"
        ],
        "vetoed": {str(one.info.images): one.veto for one in scored if one.veto},
        "all_vetoed": choice.all_vetoed,
    }


def reference_record(
    reference: str, rows: Mapping[str, Mapping[str, Estimate]], count: int, groups: int
) -> dict[str, Any]:
    """Scores against one reference.

    Args:
        reference: a name of REFERENCES.
        rows: estimates by row; ``real`` is what real training images reach.
        count: real images there.
        groups: groups of them; 0 where they have none.
    """
    return {
        "split": REFERENCES[reference],
        "n_real": count,
        "groups": groups,
        "rows": {
            name: {
                metric: _estimate(metric, estimate, rows["real"][metric])
                for metric, estimate in row.items()
            }
            for name, row in rows.items()
        },
        "worse_than_real": {name: worse(row, rows["real"]) for name, row in rows.items()},
    }


def worse(row: Mapping[str, Estimate], real: Mapping[str, Estimate]) -> list[str]:
    """The scores by which these images are not as good as real ones, beyond chance."""
    return [
        name
        for name, metric in METRICS.items()
        if verdict(row[name], real[name], metric.lower_is_better) == "worse"
    ]


def look_record(look: Look, veto: str) -> dict[str, Any]:
    """What was found on copies among the best snapshot's samples."""
    return {
        "samples": look.count,
        "repeated": look.repeated,
        "copied": look.copied,
        "ratio_pixels": _finite(look.ratio_pixels),
        "ratio_features": _finite(look.ratio_features),
        "veto": veto,
    }


def _estimate(metric: str, estimate: Estimate, real: Estimate) -> dict[str, float | None]:
    low, high = estimate.interval
    found: dict[str, float | None] = {"value": estimate.value, "low": low, "high": high}
    if METRICS[metric].kind == "share":
        found["of_real"] = estimate.value / real.value if real.value else None
    return found


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
