"""Which images train, which choose, which test: drawn from content, never from order."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

SPLITS = ("train", "validation", "test")


def position(text: str) -> float:
    """A number of [0,1) that depends on ``text`` alone, evenly spread."""
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def split_of(sha256: str, validation: float, test: float) -> str:
    """The split of the image whose content has this hash (64 hex digits).

    Depends on nothing else: other images do not move it, and copies of it go along.
    """
    u = position(sha256)
    if u < test:
        return "test"
    return "validation" if u < test + validation else "train"


def split_images(hashes: Sequence[str], validation: float, test: float, least: int) -> list[str]:
    """The split of each image, of which validation and test get at least ``least`` if they can.

    As :func:`split_of` draws them, but for small sets in which it leaves one of the two too few:
    there the images that come next in the drawing go to it, so that copies stay together. Nothing
    is moved where not even four times ``least`` different images are there.

    Args:
        hashes: of the images' contents, 64 hex digits each.
        validation: share of images.
        test: share of images.
        least: images that are enough.
    """
    drawn = {sha256: split_of(sha256, validation, test) for sha256 in hashes}
    order = sorted(drawn, key=lambda sha256: (position(sha256), sha256))
    found = Counter(drawn.values())
    if len(order) >= 4 * least and min(found["validation"], found["test"]) < least:
        last_test = max(found["test"], least)
        last = last_test + max(found["validation"], least)
        drawn |= dict.fromkeys(order[:last_test], "test")
        drawn |= dict.fromkeys(order[last_test:last], "validation")
    return [drawn[sha256] for sha256 in hashes]


def split_groups(groups: Iterable[str], validation: float, test: float) -> dict[str, str]:
    """The split of each group, given the group of every image (so repeated for each image).

    Groups are dealt in the order of their names, each to the split that is owed the most
    images by then. Groups with neighbouring names, such as neighbouring parts of a map, so
    go to different splits, and no split misses a whole kind of image. With three groups or
    more, every split gets one.
    """
    sizes = Counter(groups)
    shares = {"train": 1 - validation - test, "validation": validation, "test": test}
    # Half a group behind, so that validation and test are not dealt side by side.
    owed = {"train": 0.0, "validation": -sum(sizes.values()) / max(len(sizes), 1) / 2, "test": 0.0}
    assigned: dict[str, str] = {}
    for group in sorted(sizes):
        for split in SPLITS:
            owed[split] += shares[split] * sizes[group]
        chosen = max(SPLITS, key=lambda split: owed[split])
        owed[chosen] -= sizes[group]
        assigned[group] = chosen
    for split in SPLITS:
        dealt = list(assigned.values())
        richest = max(SPLITS, key=dealt.count)
        if split not in dealt and dealt.count(richest) > 1:
            assigned[list(assigned)[dealt.index(richest)]] = split
    return assigned
