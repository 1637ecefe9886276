"""The form of a further score in the fidelity record."""

from typing import Any


def score_row(
    metric: str,
    label: str,
    value: float | None,
    interval: tuple[float, float] | None,
    real: float | None,
    meaning: str,
) -> dict[str, Any]:
    """One row of a group of further scores; None where there is none.

    Args:
        metric: its name in metrics.json.
        label: what page and card call it.
        value: the score.
        interval: where it would lie for other images, nine times of ten.
        real: what real images reach.
        meaning: a sentence.
    """
    low, high = interval or (None, None)
    return {
        "metric": metric,
        "label": label,
        "value": value,
        "low": low,
        "high": high,
        "real": real,
        "meaning": meaning,
    }
