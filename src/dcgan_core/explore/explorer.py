"""The explorer stage: the best snapshot, some on the way to it, and small training images."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..data.alpha import NEUTRAL, rgb
from ..errors import UserError
from ..evaluate.reals import source_of
from ..files import in_words, write_bytes
from ..nets import Generator
from ..nets.snapshot import load_generator, read_info
from ..nets.snapshot_paths import snapshot_images, snapshot_paths
from ..progress import tracked
from ..terminal import escaped
from .operations import operations
from .packing import packed, text_length
from .page import page
from .training_images import Sprite, training_sprite

log = logging.getLogger("dcgan")

LARGEST = 8_000_000
"""Bytes of the page, unless the best snapshot alone needs more."""
PAGE_ITSELF = 100_000
"""Bytes of it that hold neither weights nor images, and some room."""


def explorer(snapshots: Path, best: Path, normalized: Path, target: Path) -> None:
    """Write the page.

    Args:
        snapshots: the folder of a run's generators.
        best: the one that is shown first.
        normalized: the run's ``data/normalized/<size>``.
        target: the HTML file.

    Raises:
        UserError: a file of the run is missing, damaged, or of another run.
    """
    info = read_info(best)
    paths = {snapshot_images(path): path for path in snapshot_paths(snapshots)}
    paths[info.images] = best
    generator, sprite = load_generator(best), training_sprite(normalized)
    each = text_length(operations(generator))
    room = (LARGEST - PAGE_ITSELF - len(sprite.address)) // each
    kept = chosen(sorted(paths), info.images, max(1, room))
    texts, listed = [], []
    for images in tracked(kept, "explorer", len(kept), "snapshots"):
        found = packed(operations(_alike(paths[images], generator)))
        texts.append(found.text)
        listed.append({"images": images, "operations": found.operations})
    facts = {
        "height": info.height,
        "width": info.width,
        "channels": info.channels,
        "latent": generator.latent_length,
        "classes": {
            "names": [escaped(name) for name in info.classes],
            "images": list(info.classes.values()),
        },
        "snapshots": listed,
        "best": kept.index(info.images),
        "ground": rgb(NEUTRAL).tolist(),
        "training": {name: value for name, value in asdict(sprite).items() if name != "address"},
    }
    words = {
        "title": f"Latent explorer: {source_of(normalized)}, {info.height}×{info.width}",
        "told": _told(info.images, max(paths)),
        "snapshots_told": snapshots_told(len(kept), len(paths)),
        "left_out": _left_out(len(kept), len(paths)),
        "nearest_told": _nearest_told(sprite),
    }
    content = page(facts, texts, sprite.address, words).encode()
    log.info("explorer: %s, with %s of %s snapshots", in_words(len(content)), len(kept), len(paths))
    write_bytes(target, content)


def chosen(images: list[int], best: int, count: int) -> list[int]:
    """``count`` snapshots, evenly from first to last; the nearest to the best gives way to it.

    Args:
        images: of all snapshots, rising.
        best: one of them; it is always chosen.
        count: at least 1.
    """
    if count >= len(images):
        return images
    steps = max(1, count - 1)
    places = [round(step * (len(images) - 1) / steps) for step in range(count)]
    place = images.index(best)
    nearest = min(range(count), key=lambda index: abs(places[index] - place))
    places[nearest] = place
    return [images[place] for place in sorted(places)]


def snapshots_told(kept: int, of: int) -> str:
    """Which snapshots of a run a page has, for its readers."""
    if kept == of:
        return "All that this training kept; the best is shown first."
    limit = LARGEST // 1_000_000
    if kept == 1:
        return (
            f"The best alone of {of} that this training kept: with more of a generator as large as "
            f"this one, the file would be larger than {limit} MB."
        )
    return (
        f"{kept} of the {of} that this training kept, the best, the first and the last among them "
        f"where there is room: with all of them the file would be larger than {limit} MB."
    )


def _left_out(kept: int, of: int) -> str:
    return f"{kept} of the training's {of} snapshots are in this file" if kept < of else ""


def _told(best: int, last: int) -> str:
    return f"The best generator of this run, after {best:,} of {last:,} images, is shown first."


def _nearest_told(sprite: Sprite) -> str:
    return (
        f"Compared are averages over a grid of 16 by 16, as they are and mirrored; a distance is "
        f"the root mean square difference of codes from 0 to 255. This file holds {sprite.count:,} "
        f"of {sprite.of:,} training images, drawn by chance, {sprite.width} by {sprite.height} "
        "pixels each. Smooth images are near to many, so a small distance alone is no proof of a "
        "copy: look at the pictures."
    )


def _alike(path: Path, best: Generator) -> Generator:
    """Another snapshot of the same run.

    Raises:
        UserError: it makes other images or takes other latents.
    """
    found = load_generator(path)
    if _shape(found) != _shape(best):
        raise UserError(f"{path}: is of another run than the best snapshot. Train again.")
    return found


def _shape(generator: Generator) -> Mapping[str, Any]:
    names = ("height", "width", "channels", "latent_length", "classes")
    return {name: getattr(generator, name) for name in names}
