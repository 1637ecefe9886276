"""What the fidelity record says of generated digits, whose modes are known."""

from typing import Any

import numpy as np

from ..data.digit_triples import DRAWN, HELD_OUT
from ..device.base import Device
from ..nets import Generator
from ..sample.latents import scoring_latents
from .digit_reader import read_digits
from .fakes import seen_batches
from .modes import ModeScores, PublishedScores, mode_scores, published_scores
from .score_row import score_row

SOURCE = "digits"
"""The source of images that this is for."""
IMAGES = 26_000
"""Samples counted, as by Lin et al., "PacGAN" (2018)."""
BATCH = 256


def digits_record(
    generator: Generator,
    seed: int,
    real: np.ndarray,
    device: Device,
    background: str | None = None,
) -> dict:
    """A group of further scores, as page and card show it.

    Args:
        generator: in eval mode.
        seed: of the latents.
        real: uint8 N×H×W×3, held-out images, which say how much of real ones can be read.
        device: where generator and reader run.
        background: what samples with alpha are put on.
    """
    latents = scoring_latents(IMAGES, generator.latent_length, seed)
    triples, readable = [], []
    for images in seen_batches(generator, latents, background, BATCH):
        found = read_digits(images, device.device)
        triples.append(found.triples)
        readable.append(found.readable)
    shown = np.concatenate(triples)
    scores = mode_scores(shown, np.concatenate(readable))
    unread = 1 - float(read_digits(real, device.device).readable.mean())
    return {
        "name": "Digits",
        "sentence": f"Every image has three digits; {len(DRAWN)} combinations are in the training "
        f"images, and which of them {IMAGES} samples show is read by a network.",
        "rows": [*_rows(scores, unread), *_published_rows(published_scores(shown))],
    }


def _rows(scores: ModeScores, unread: float) -> list[dict[str, Any]]:
    return [
        score_row(
            "modes",
            f"modes covered, of {len(DRAWN)}",
            scores.modes,
            scores.modes_interval,
            scores.modes_expected,
            "Different combinations among the samples; beside it what as many real images show.",
        ),
        *(
            [
                score_row(
                    "reverse_kl",
                    "reverse KL, nats",
                    scores.kl,
                    scores.kl_interval,
                    scores.kl_expected,
                    "How unevenly the combinations come: 0 is even; beside it what as many real "
                    "images give.",
                )
            ]
            if scores.kl is not None
            else []
        ),
        score_row(
            "unreadable",
            "unreadable",
            scores.unreadable,
            scores.unreadable_interval,
            unread,
            "Share of samples in which some digit cannot be read; beside it that of held-out "
            "images.",
        ),
        *(
            [
                score_row(
                    "invented",
                    "invented",
                    scores.held_out,
                    scores.held_out_interval,
                    0.0,
                    f"Share of readable samples with one of the {len(HELD_OUT)} combinations that "
                    "no training image has; 0.1 if the three digits are independent.",
                )
            ]
            if scores.held_out is not None
            else []
        ),
    ]


def _published_rows(scores: PublishedScores) -> list[dict[str, Any]]:
    meaning = (
        "As papers on StackedMNIST count: the likeliest triple of every image, readable or not, of "
        "all 1,000. Noise scores by it, too."
    )
    return [
        score_row(
            "modes_published",
            "modes covered, nothing refused",
            scores.modes,
            scores.modes_interval,
            scores.modes_expected,
            meaning,
        ),
        score_row(
            "kl_published",
            "reverse KL, nothing refused",
            scores.kl,
            scores.kl_interval,
            scores.kl_expected,
            meaning,
        ),
    ]
