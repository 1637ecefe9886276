"""Which images train, which choose, which test: drawn from content, never from order."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

NEW_PLACES = "new_places"
SPLITS = ("train", "validation", "test", NEW_PLACES)
"""``train`` trains, ``validation`` chooses, ``test`` scores: three draws from one distribution.
``new_places`` are whole groups that none of the three has an image of, where images have groups."""


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


def hold_out_groups(groups: Iterable[str], share: float) -> set[str]:
    """The groups that no image is trained on, given the group of every image (so repeated).

    Groups are looked at in the order of their names, and one is held out whenever half of it is
    owed by then. So those held out are spread over neighbouring names, such as neighbouring parts
    of a map. With four groups or more, at least one is held out.

    Args:
        groups: the group of each image that has one.
        share: of those images, about how many to hold out; 0 holds out none.
    """
    sizes = Counter(groups)
    owed, held_out = 0.0, set()
    for group in sorted(sizes):
        owed += share * sizes[group]
        if owed > sizes[group] / 2:
            held_out.add(group)
            owed -= sizes[group]
    if not held_out and share > 0 and len(sizes) >= 4:
        held_out.add(min(sizes, key=lambda group: (sizes[group], group)))
    return held_out if len(held_out) < len(sizes) else set()
