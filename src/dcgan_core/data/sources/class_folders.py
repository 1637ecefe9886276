"""Labels of images that somebody has sorted into class folders."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from ..manifest import Manifest

SPLITS = frozenset({"train", "training", "test", "testing", "val", "valid", "validation"})
"""Folders that say what images are for, in lower case. Below them are class folders, or none."""


def label_by_folder(manifest: Manifest) -> Manifest:
    """The manifest with each image's class folder as its label, if images lie in such folders.

    Args:
        manifest: of images whose ``origin`` is their name below the source's folder.
    """
    labels = class_folders([entry.origin for entry in manifest.files])
    if labels is not None:
        pairs = zip(manifest.files, labels, strict=True)
        manifest.files = [replace(entry, label=label) for entry, label in pairs]
    return manifest


def class_folders(names: Sequence[str]) -> list[str] | None:
    """The folder directly above each file, where these are class folders.

    They are if every file lies in one and there are at least two of different names. A folder that
    holds all files is none, and neither is one that says which split its files are for: in
    ``train/cat/1.jpg`` it is ``cat``.

    Args:
        names: of files, relative, with ``/``.

    Returns:
        A name for each file, or None.
    """
    folders = [PurePosixPath(name).parent.parts for name in names]
    levels = zip(*folders, strict=False)
    shared = len([*itertools.takewhile(lambda level: len({*level}) == 1, levels)])
    if any(len(parts) == shared for parts in folders):
        return None
    in_splits = any(_has_split(parts[:-1]) for parts in folders)
    labels = [parts[-1] for parts in folders]
    outside = [parts for parts in folders if _has_split(parts[-1:]) and not _has_split(parts[:-1])]
    # A class may be called "train", like cars and ships, but not where trees are split.
    unsorted = bool(outside) and (in_splits or len(outside) == len(folders))
    return labels if len({*labels}) > 1 and not unsorted else None


def _has_split(parts: Sequence[str]) -> bool:
    return any(part.lower() in SPLITS for part in parts)
