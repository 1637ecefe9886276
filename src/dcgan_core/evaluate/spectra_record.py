"""What the fidelity record says of power spectra."""

from typing import Any

from .score_row import score_row
from .spectra import Spectrum, grid_score, interval, spectral_distance

ROWS = (
    (
        "spectral_distance",
        "spectral distance, dB",
        spectral_distance,
        "How far the power of the samples' details, coarse to fine, is from that of training "
        "images, on average: 0 is equal, 3 half or twice as much.",
    ),
    (
        "grid",
        "grid, dB",
        grid_score,
        "How much more of the grid that upsampling draws is in the samples than in training "
        "images: 0 is as much.",
    ),
)


def spectra_record(train: Spectrum, best: Spectrum, test: Spectrum) -> dict[str, Any]:
    """A group of further scores, as page and card show it.

    Args:
        train: of training images, with blocks.
        best: of the best snapshot's samples, with blocks.
        test: of held-out images, which say what real ones reach.
    """
    rows = [
        score_row(
            metric,
            label,
            measure(train, best),
            interval(measure, train, best),
            measure(train, test),
            meaning,
        )
        for metric, label, measure, meaning in ROWS
    ]
    return {
        "name": "Power spectra",
        "sentence": "A comparison that needs no network: how much detail of each size there is.",
        "rows": rows,
    }
