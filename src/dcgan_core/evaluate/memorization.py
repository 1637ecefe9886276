"""Does a generator repeat its training images? Its samples against a control.

A sample's distance to the nearest training image says nothing by itself: images of one subject
are all somewhat alike. Held-out images are the control, since no generator has seen them.
Samples much nearer to training images than held-out ones are is what memorising looks like
(after Meehan et al. 2020, "A non-parametric test to detect data-copying in generative models",
who make a test statistic of the same comparison).
"""

from typing import Any

import numpy as np

from .features import PROTOCOL
from .neighbors import Nearest

SCHEMA = 1
MEANING = {
    "pixels": "root mean square difference of uint8 codes, 0 to 255; the smaller of the training "
    "image's and its mirror image's",
    "features": "Euclidean distance of features scaled to length 1, 0 to 1.414",
}


def comparison(samples: Nearest, held_out: Nearest) -> dict[str, Any]:
    """The figures of one space, from the distances to the nearest training image.

    Returns:
        ``samples`` and ``held_out``: least, median and largest distance. ``ratio_of_medians``:
        samples' over held-out images', about 1 for new images of the same kind, towards 0 for
        copies; None where the held-out images' median is 0. ``nearer_than_all_held_out``: the
        share of samples nearer to a training image than every held-out image is.
    """
    ours, control = samples.distances[:, 0], held_out.distances[:, 0]
    middle = float(np.median(control))
    return {
        "samples": _spread(ours),
        "held_out": _spread(control),
        "ratio_of_medians": float(np.median(ours)) / middle if middle else None,
        "nearer_than_all_held_out": float((ours < control.min()).mean()),
    }


def record(spaces: dict[str, tuple[Nearest, Nearest]], facts: dict[str, Any]) -> dict[str, Any]:
    """All that a reader of the JSON needs.

    Args:
        spaces: ``pixels`` or ``features`` or both, each with the samples' and the held-out
            images' neighbours.
        facts: what was compared: snapshot, seed, counts.
    """
    return {
        "schema": SCHEMA,
        **facts,
        **{
            space: {
                "distance": MEANING[space],
                **({"protocol": PROTOCOL} if space == "features" else {}),
                **comparison(samples, held_out),
                "nearest_to_samples": _listing(samples),
                "nearest_to_held_out": _listing(held_out),
            }
            for space, (samples, held_out) in spaces.items()
        },
    }


def _spread(distances: np.ndarray) -> dict[str, float]:
    return {
        "least": float(distances.min()),
        "median": float(np.median(distances)),
        "largest": float(distances.max()),
    }


def _listing(nearest: Nearest) -> list[dict[str, list]]:
    return [
        {
            "rows": rows.tolist(),
            "distances": distances.round(6).tolist(),
            "mirrored": flips.tolist(),
        }
        for rows, distances, flips in zip(
            nearest.rows, nearest.distances, nearest.mirrored, strict=True
        )
    ]
