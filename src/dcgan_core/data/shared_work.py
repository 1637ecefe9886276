"""Image files worked on by several processes within a bound on memory, results in order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from typing import Protocol, TypeVar

from ..process.cores import available_cores
from ..process.pool import ordered_map
from .decode_memory import MOST_BYTES, NeedsMore

Result = TypeVar("Result", covariant=True)

# Fewer images than this are done before a worker process would have started.
FEWEST_FOR_WORKERS = 192
LEAST_SHARE, LARGEST_SHARE = 128 << 20, 512 << 20


class Work(Protocol[Result]):
    """What is done with one image; raises NeedsMore where that takes more than the bytes given."""

    def __call__(self, path: str, /, *, most_bytes: int) -> Result:
        """Do it."""


def each_in_order(work: Work[Result], paths: list[str], chunk: int) -> Iterator[Result]:
    """Yield ``work(path)`` for each file.

    Images that take more than a worker's share of memory are done in this process, one at a time.

    Args:
        work: to be picklable.
        paths: the files.
        chunk: files of one task of a worker.
    """
    chunks = [paths[start : start + chunk] for start in range(0, len(paths), chunk)]
    workers = min(available_cores(), len(chunks)) if len(paths) >= FEWEST_FOR_WORKERS else 1
    if workers == 1:
        yield from (work(path, most_bytes=MOST_BYTES) for path in paths)
        return
    done = ordered_map(partial(_all, work, _share(workers)), chunks, workers)
    for names, results in zip(chunks, done, strict=True):
        for path, result in zip(names, results, strict=True):
            yield work(path, most_bytes=MOST_BYTES) if result is None else result[0]


def _all(work: Work[Result], most_bytes: int, paths: list[str]) -> list[tuple[Result] | None]:
    return [_within(work, most_bytes, path) for path in paths]


def _within(work: Work[Result], most_bytes: int, path: str) -> tuple[Result] | None:
    """The result; None where the image takes more than that."""
    try:
        return (work(path, most_bytes=most_bytes),)
    except NeedsMore:
        return None


def _share(workers: int) -> int:
    """What one image may take in a worker: together a quarter of the machine's memory."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return LEAST_SHARE
    return max(LEAST_SHARE, min(LARGEST_SHARE, memory // (4 * workers)))
