"""What the fidelity record says of power spectra."""

from typing import Any

from .spectra import Spectrum, grid_score, spectral_distance

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
        train: of training images.
        best: of the best snapshot's samples.
        test: of held-out images, which say what real ones reach.
    """
    return {
        "name": "Power spectra",
        "sentence": "A comparison that needs no network: how much detail of each size there is.",
        "rows": [
            {
                "metric": metric,
                "label": label,
                "value": measure(train, best),
                "real": measure(train, test),
                "meaning": meaning,
            }
            for metric, label, measure, meaning in ROWS
        ],
    }
