"""Image files worked on by several processes within a bound on memory, results in order."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Protocol, TypeVar

from ..process.cores import available_cores
from ..process.heap import keep_freed_memory
from ..process.pool import ordered_map
from .decode_memory import MOST_BYTES, NeedsMore

Image = TypeVar("Image", contravariant=True)
Result = TypeVar("Result", covariant=True)

PACE_SECONDS = 0.05
"""For so long the pace is measured that tells how long all images will take."""
WORTH_SECONDS = 1.0
"""Other processes are started for no less work than this, about twice what starting them takes."""
LEAST_SHARE, LARGEST_SHARE = 128 << 20, 512 << 20


class Work(Protocol[Image, Result]):
    """What is done with one image; raises NeedsMore where that takes more than the bytes given."""

    def __call__(self, image: Image, /, *, most_bytes: int) -> Result:
        """Do it."""


def each_in_order(
    work: Work[Image, Result], images: Sequence[Image], chunk: int
) -> Iterator[Result]:
    """Yield ``work(image)`` for each image file.

    Other processes share the work where that is worth starting them. Images that take more than a
    process's share of memory are then done in this one, one at a time.

    Args:
        work: to be picklable.
        images: the files, as ``work`` takes them.
        chunk: files of one task of a worker.
    """
    keep_freed_memory()
    begun, done = time.monotonic(), 0
    while done < len(images) and time.monotonic() - begun < PACE_SECONDS:
        yield work(images[done], most_bytes=MOST_BYTES)
        done += 1
    rest = images[done:]
    seconds_left = (time.monotonic() - begun) / max(done, 1) * len(rest)
    workers = min(available_cores(), len(rest) // chunk)
    if workers <= 1 or seconds_left < WORTH_SECONDS:
        yield from (work(image, most_bytes=MOST_BYTES) for image in rest)
        return
    chunks = [rest[start : start + chunk] for start in range(0, len(rest), chunk)]
    shared = ordered_map(partial(_all, work, _share(workers)), chunks, workers)
    for some, results in zip(chunks, shared, strict=True):
        for image, result in zip(some, results, strict=True):
            yield work(image, most_bytes=MOST_BYTES) if result is None else result[0]


def _all(
    work: Work[Image, Result], most_bytes: int, images: Sequence[Image]
) -> list[tuple[Result] | None]:
    return [_within(work, most_bytes, image) for image in images]


def _within(work: Work[Image, Result], most_bytes: int, image: Image) -> tuple[Result] | None:
    """The result; None where the image takes more than that."""
    try:
        return (work(image, most_bytes=most_bytes),)
    except NeedsMore:
        return None


def _share(workers: int) -> int:
    """What one image may take in a worker: together a quarter of the machine's memory."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return LEAST_SHARE
    return max(LEAST_SHARE, min(LARGEST_SHARE, memory // (4 * workers)))
