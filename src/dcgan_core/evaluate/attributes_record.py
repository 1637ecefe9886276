"""What the fidelity record says of generated portraits or planets, whose attributes are known."""

from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from ..data.avatar_attributes import style_of, variants_of
from ..device.base import Device
from ..nets import Generator
from ..sample.latents import scoring_latents
from .attribute_reader import Attribute, AttributeReadings, read_attributes
from .estimates import wilson
from .fakes import seen_batches
from .mode_statistics import (
    expected_kl,
    expected_modes,
    kl_divergence,
    kl_interval,
    modes_interval,
)
from .score_row import score_row

SOURCE = "avatars"
"""The source of images that this is for."""
IMAGES = 4000
"""Samples counted."""
BATCH = 256


def attributes_record(
    generator: Generator,
    seed: int,
    real: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.str_],
    device: Device,
    background: str | None = None,
) -> dict[str, Any] | None:
    """A group of further scores, as page and card show it.

    Args:
        generator: in eval mode.
        seed: of the latents.
        real: uint8 N×H×W×C, held-out images, which say how well real ones are read.
        labels: of the held-out images, N.
        device: where generator and reader run.
        background: what samples with alpha are put on.

    Returns:
        None where the images are of no style that is known.
    """
    style = style_of(str(labels[0]))
    if style is None:
        return None
    latents = scoring_latents(IMAGES, generator.latent_length, seed)
    parts = [
        read_attributes(images, style, device.device)
        for images in seen_batches(generator, latents, background, BATCH)
    ]
    return attributes_group(joined(parts), read_attributes(real, style, device.device), labels)


def attributes_group(
    made: AttributeReadings, real: AttributeReadings, labels: npt.NDArray[np.str_]
) -> dict[str, Any]:
    """The group of what was read.

    Args:
        made: of samples.
        real: of held-out images.
        labels: of the held-out images.
    """
    right = share_right(real, labels)
    return {
        "name": "Drawn attributes",
        "sentence": f"What {len(made.variants)} samples show is read by a network, which reads all "
        f"attributes of {right:.1%} of {len(labels)} held-out images rightly.",
        "rows": [_combinations(made), _unreadable(made, real), *_each(made, real)],
    }


def joined(parts: list[AttributeReadings]) -> AttributeReadings:
    """Readings of several sets of images as those of one."""
    return AttributeReadings(
        parts[0].attributes,
        np.concatenate([part.variants for part in parts]),
        np.concatenate([part.certainty for part in parts]),
    )


def share_right(found: AttributeReadings, labels: npt.NDArray[np.str_]) -> float:
    """Share of images all of whose attributes are readable and read as the labels have them."""
    right = [
        readable
        and variants_of(str(label))
        == {
            attribute.name: attribute.variants[variant]
            for attribute, variant in zip(found.attributes, variants, strict=True)
        }
        for label, variants, readable in zip(labels, found.variants, found.readable, strict=True)
    ]
    return float(np.mean(right))


def _combinations(made: AttributeReadings) -> dict[str, Any]:
    """Of all attributes, which are drawn independently of each other."""
    sizes = [len(attribute.variants) for attribute in made.attributes]
    shares = reduce(np.multiply.outer, [attribute.shares for attribute in made.attributes]).ravel()
    shown = np.ravel_multi_index(tuple(made.variants[made.readable].T), sizes)
    counts = np.bincount(shown, minlength=len(shares))
    return score_row(
        "combinations",
        f"combinations in {len(shown)} readable",
        int((counts > 0).sum()),
        modes_interval(counts),
        expected_modes(len(shown), shares),
        "Samples that differ in some attribute; beside it what as many real images show. Few mean "
        "that the generator repeats itself.",
    )


def _unreadable(made: AttributeReadings, real: AttributeReadings) -> dict[str, Any]:
    share = 1 - float(made.readable.mean())
    return score_row(
        "unreadable",
        "unreadable",
        share,
        wilson(share, len(made.readable)),
        1 - float(real.readable.mean()),
        "Share of samples in which some attribute cannot be read; beside it that of held-out "
        "images.",
    )


def _each(made: AttributeReadings, real: AttributeReadings) -> list[dict[str, Any]]:
    rows = []
    for at, attribute in enumerate(made.attributes):
        legible = made.legible[:, at]
        counts = np.bincount(made.variants[legible, at], minlength=len(attribute.variants))
        unread = 1 - float(legible.mean())
        rows.append(
            score_row(
                f"{attribute.name}_unreadable",
                f"{attribute.name}: unreadable",
                unread,
                wilson(unread, len(legible)),
                1 - float(real.legible[:, at].mean()),
                f"Share of samples whose {attribute.name} cannot be read; beside it that of "
                "held-out images.",
            )
        )
        rows += _spread(attribute, counts)
    return rows


def _spread(attribute: Attribute, counts: npt.NDArray[np.integer]) -> list[dict[str, Any]]:
    """How many variants the readable samples show, and how evenly."""
    name, shares, total = attribute.name, attribute.shares, int(counts.sum())
    rows = [
        score_row(
            f"{name}_shown",
            f"{name}: variants shown, of {len(counts)}",
            int((counts > 0).sum()),
            modes_interval(counts),
            expected_modes(total, shares),
            f"Different variants among {total} samples whose {name} is readable; beside it what as "
            "many real images show.",
        )
    ]
    if total:
        rows.append(
            score_row(
                f"{name}_kl",
                f"{name}: KL, nats",
                kl_divergence(counts, shares),
                kl_interval(counts, shares),
                expected_kl(total, shares),
                "How far their shares are from those of real images: 0 if they agree; beside it "
                "what as many real images give.",
            )
        )
    return rows
