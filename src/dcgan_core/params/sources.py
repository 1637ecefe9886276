"""Where images may come from: the choices of ``download.source``.

A new one takes an entry in SOURCES, its name in SourceName, and the module of ``data/sources`` that
makes its images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SourceName = Literal[
    "earth",
    "avatars",
    "digits",
    "folder",
    "archive",
    "celeba",
    "flowers102",
    "mnist",
    "fashion-mnist",
    "cifar10",
    "lsun",
    "mapillary",
]
"""The keys of SOURCES, in the form that the schema and type checkers need."""


@dataclass(frozen=True)
class Source:
    """One choice.

    Attributes:
        module: the module of ``data/sources`` whose ``fill`` makes its raw folder.
        reads: the settings of ``download`` that shape what it makes, beside ``source``.
        labels: whether its images may have labels; those in folders have them if these are classes.
    """

    module: str
    reads: tuple[str, ...]
    labels: bool

    @property
    def reads_path(self) -> bool:
        """Whether it takes files of the user's from ``download.path``."""
        return "path" in self.reads

    @property
    def needs_path(self) -> bool:
        """Whether it takes nothing else: it makes no images, and looks for none by itself."""
        return self.reads_path and "count" not in self.reads


PUBLISHED = ("path", "count", "seed")
"""What the sources of published datasets read: an own copy, and which images of it."""

SOURCES: dict[SourceName, Source] = {
    "earth": Source("earth", ("count", "seed"), labels=False),
    "avatars": Source("avatars", ("count", "seed", "style"), labels=True),
    "digits": Source("digits", ("count", "seed", "path"), labels=True),
    "folder": Source("folder", ("path",), labels=True),
    "archive": Source("archive", ("path", "url", "sha256"), labels=True),
    "celeba": Source("celeba_flowers", PUBLISHED, labels=False),
    "flowers102": Source("celeba_flowers", PUBLISHED, labels=False),
    "mnist": Source("mnist_cifar", PUBLISHED, labels=True),
    "fashion-mnist": Source("mnist_cifar", PUBLISHED, labels=True),
    "cifar10": Source("mnist_cifar", PUBLISHED, labels=True),
    "lsun": Source("lsun_mapillary", PUBLISHED, labels=False),
    "mapillary": Source("lsun_mapillary", PUBLISHED, labels=False),
}
