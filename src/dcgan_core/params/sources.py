"""Temporary."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    module: str
    reads: tuple[str, ...]


SOURCES = {n: Source(n, ("count", "seed")) for n in ("earth", "avatars")} | {
    n: Source(n, ("path",)) for n in ("folder", "archive")
}
