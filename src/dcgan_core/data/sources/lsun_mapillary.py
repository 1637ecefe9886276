"""Datasets that everyone gets for themselves, read from a folder: LSUN and Mapillary."""

from __future__ import annotations

import csv
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import UserError
from ...progress import tracked
from ..manifest import Manifest
from ..walk import open_source, regular_files
from .collect import Collector, named_as_image, pick
from .lsun_databases import DATABASE, Databases

if TYPE_CHECKING:
    from ...params import Download

LSUN_PAGE = "https://github.com/fyu/lsun"
LSUN_LICENCE = "not stated by its makers, who collected the pictures from the web for research"

MAPILLARY_PAGE = "https://www.mapillary.com/dataset/places"
MAPILLARY_LICENCE = (
    "CC BY-SA 4.0 (https://creativecommons.org/licenses/by-sa/4.0/); Mapillary contributors"
)
SEQUENCES = "seq_info.csv"


def fill(folder: Path, params: Download, downloads: Path) -> Manifest:
    """Copy at most ``count`` of the pictures in ``path`` to ``folder/images``.

    LSUN's folder holds LMDB databases, as its zips do, or pictures; Mapillary's holds sequences,
    or the cities of the street-level sequences dataset.

    Raises:
        UserError: no such folder, nothing in it, a database and no lmdb package, or a
            ``seq_info.csv`` of another form.
    """
    return DATASETS[params.source](folder, Path(params.path), params.count, params.seed)


def _fill_lsun(folder: Path, path: Path, count: int, seed: int) -> Manifest:
    files = _files(path, f"LSUN, got from {LSUN_PAGE} and unpacked")
    collector = Collector(folder, "lsun", LSUN_PAGE, LSUN_LICENCE)
    databases = [(name, file.parent) for name, file in files if file.name == DATABASE]
    if databases:
        _read_databases(databases, collector, count, seed)
    else:
        chosen = pick([entry for entry in files if named_as_image(entry[0])], count, seed)
        for name, file in tracked(chosen, "copy", len(chosen), "files"):
            with open_source(file) as stream:
                collector.take(name, stream)
    return collector.finish(f"Unpack a category of LSUN into {path}; see {LSUN_PAGE}.")


def _read_databases(
    databases: list[tuple[str, Path]], collector: Collector, count: int, seed: int
) -> None:
    above = {place: Path(name).parent.as_posix() for name, place in databases}
    with Databases(list(above)) as opened:
        chosen = pick(range(opened.count()), count, seed)
        found = opened.pictures(chosen)
        for place, key, content in tracked(found, "copy", len(chosen), "images"):
            name = f"{above[place]}/{key}.webp"
            collector.take(name.removeprefix("./"), BytesIO(content))


def _fill_mapillary(folder: Path, path: Path, count: int, seed: int) -> Manifest:
    """Each picture with its licence, and its sequence as its group.

    Pictures of one sequence show the same street. The sequence is what ``seq_info.csv`` beside or
    above them says, else their folder.
    """
    files = _files(path, f"street pictures of Mapillary, got from {MAPILLARY_PAGE}")
    collector = Collector(folder, "mapillary", MAPILLARY_PAGE, MAPILLARY_LICENCE)
    sequences = {file.parent: _sequences(file) for _, file in files if file.name == SEQUENCES}
    chosen = pick([entry for entry in files if named_as_image(entry[0])], count, seed)
    for name, file in tracked(chosen, "copy", len(chosen), "files"):
        known = sequences.get(file.parent) or sequences.get(file.parent.parent) or {}
        above = Path(name).parent.as_posix()
        group = known.get(file.stem) or (None if above == "." else above)
        with open_source(file) as stream:
            collector.take(name, stream, group, MAPILLARY_LICENCE)
    return collector.finish(f"Put pictures into {path}; see {MAPILLARY_PAGE}.")


def _sequences(file: Path) -> dict[str, str]:
    """From a picture's key to its sequence's.

    Raises:
        UserError: the file is no such list.
    """
    with open(file, encoding="utf-8", newline="") as stream:
        try:
            return {row["key"]: row["sequence_key"] for row in csv.DictReader(stream)}
        except (KeyError, UnicodeDecodeError, csv.Error) as error:
            raise UserError(
                f"{file}: no list of sequences with columns key and sequence_key ({error}). Get it "
                "again, or take it away to have each folder count as a sequence."
            ) from error


def _files(path: Path, what: str) -> list[tuple[str, Path]]:
    if not path.is_dir():
        problem = "a file, not a folder" if path.exists() else "not found"
        raise UserError(
            f"{path}: {problem}. Name a folder with {what}, as download.path in params.yaml."
        )
    return regular_files(path)


DATASETS = {"lsun": _fill_lsun, "mapillary": _fill_mapillary}
