"""The runs to compare: where each lies, and what it says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ...errors import UserError
from ...records import read_json
from ..sources import read_fidelity, read_run
from .revisions import bring, find_revision

WORKSPACE = "workspace"
SCORES = "fidelity.json"


@dataclass(frozen=True)
class Place:
    """One run's results.

    Attributes:
        name: as it was asked for.
        words: what that is: ``experiment 1a2b3c4d5e``, ``folder`` and the like.
        sizes: the folder of each size's results.
        receipts: the folder of receipts; it need not be there.
    """

    name: str
    words: str
    sizes: dict[str, Path]
    receipts: Path


@dataclass(frozen=True)
class Run:
    """One run at one size.

    Attributes:
        name: as it was asked for.
        words: what that is.
        results: the folder of its results.
        record: as ``read_fidelity`` gives it.
        facts: as ``read_run`` gives it.
        settings: those that it was made with, by dotted names; empty where nothing says so.
        images: the sha256 of each split's pack, by the split; empty where nothing says so.
    """

    name: str
    words: str
    results: Path
    record: dict[str, Any]
    facts: dict[str, Any]
    settings: dict[str, Any]
    images: dict[str, str]


@contextmanager
def places(names: Sequence[str], root: Path) -> Iterator[list[Place]]:
    """Where each run lies; revisions are laid out in a folder that goes when this ends.

    Args:
        names: each ``.`` or ``workspace``, a folder, a DVC experiment or a git revision, looked
            for in this order.
        root: the project's folder.

    Raises:
        UserError: there is no such run, or it has no scores; and what is raised inside, with
            names of files as git has them: ``REVISION:results/64/run.json``.
    """
    with TemporaryDirectory(prefix="dcgan-compare-") as folder:
        targets = {str(Path(folder, str(place))): name for place, name in enumerate(names)}
        try:
            pairs = zip(names, targets, strict=True)
            yield [_place(name, root, Path(target)) for name, target in pairs]
        except UserError as error:
            told = str(error)
            for target, name in targets.items():
                told = told.replace(f"{target}/", f"{name}:")
            raise UserError(*told.split("\n")) from error


def _place(name: str, root: Path, target: Path) -> Place:
    if name in (".", WORKSPACE):
        return _results(name, WORKSPACE, root / "results")
    folder = root / name
    if (folder / SCORES).is_file():
        return Place(name, "folder", {folder.resolve().name: folder}, folder.parent / "receipts")
    for results in (folder / "results", folder):
        if any(results.glob(f"*/{SCORES}")):
            return _results(name, "folder", results)
    revision = find_revision(name, root)
    target.mkdir()
    bring(revision, root, target)
    return _results(name, revision.words, target / "results")


def _results(name: str, words: str, results: Path) -> Place:
    found = {path.parent.name: path.parent for path in sorted(results.glob(f"*/{SCORES}"))}
    if not found:
        raise UserError(
            f"{name}: no results/*/{SCORES} there. Run the pipeline first, or name another run."
        )
    return Place(name, words, found, results / "receipts")


def common_sizes(found: Sequence[Place], only: str | None = None) -> list[str]:
    """The sizes that all have, or the one asked for.

    Raises:
        UserError: a run lacks it, or they have none in common.
    """
    for place in found:
        if only and only not in place.sizes:
            raise UserError(f"{place.name}: has no size {only}; it has {', '.join(place.sizes)}")
    sizes = [
        size
        for size in found[0].sizes
        if all(size in place.sizes for place in found) and only in (None, size)
    ]
    if not sizes:
        had = "; ".join(f"{place.name} has {', '.join(place.sizes)}" for place in found)
        raise UserError(f"no size in common, and scores of different sizes do not compare: {had}")
    return sizes


def read_place(place: Place, size: str) -> Run:
    """One run at one size.

    Raises:
        UserError: a file is missing, or not as its stage writes it.
    """
    results = place.sizes[size]
    settings, images = _receipts(place.receipts, size)
    return Run(
        name=place.name,
        words=place.words,
        results=results,
        record=read_fidelity(results),
        facts=read_run(results),
        settings=settings,
        images=images,
    )


def _receipts(folder: Path, size: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Settings by dotted names and the hash of each split, as the stages wrote them down."""
    settings: dict[str, Any] = {}
    images: dict[str, str] = {}
    for path in sorted([folder / "source.json", *folder.glob(f"*@{size}.json")]):
        if not path.is_file():
            continue
        receipt = read_json(path, {"settings": dict, "files": dict})
        for section, values in receipt["settings"].items():
            settings |= {f"{section}.{name}": value for name, value in values.items()}
        for name, digest in receipt["files"].items():
            if name.startswith("data/normalized/") and name.endswith(".npy"):
                images[Path(name).stem] = digest
    return settings, images
