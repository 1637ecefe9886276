"""Raw images, cleaned, to one packed array at one size, and a record of what became of each."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import UserError
from ..files import writing
from ..progress import progress
from ..records import one_line_each
from . import manifest as manifests
from .clean.checks import UNREADABLE, Checks, Drop
from .clean.dropped_sheet import Dropped, draw_sheet
from .clean.duplicates import KeptImages
from .clean.hashes import require_packages
from .depth import warn_of_black
from .look import find_ranges
from .minima import Minimum, check_total
from .pack import Pack, PackWriter
from .prepare import Preparation, Prepared, RawImage, prepare
from .shared_work import each_in_order

if TYPE_CHECKING:
    from ..params.schema import Clean, Resize

log = logging.getLogger("dcgan")

SCHEMA = 1
LARGEST_CHUNK = 16
CHUNK_BYTES = 4 << 20
REASONS_SHOWN = 3


def resize(
    raw: Path,
    pack_path: Path,
    record_path: Path,
    sheet_path: Path,
    size: tuple[int, int],
    params: Resize,
    clean: Clean,
    minima: Iterable[Minimum] = (),
) -> None:
    """Pack every usable image of a raw folder at one size.

    Args:
        raw: a folder with ``manifest.json``; images are taken in its order.
        pack_path: the array to write, uint8 N×H×W×C.
        record_path: the JSON to write: per image its verdict, row or reason, and changes.
        sheet_path: the PNG to write: at most 100 of the dropped images, with their reasons.
        size: (height, width) in pixels.
        params: how images are made one size and colour model.
        clean: what to drop besides files that cannot be read.
        minima: what later stages need of each split.

    Raises:
        UserError: the folder is not whole, too few images are usable, a package is needed and
            not installed, or the disk is full. Nothing is then left half-written.
    """
    # Here and not above: worker processes, which import this module, need no settings' code.
    from ..params import size_name

    listed = manifests.read(raw)
    manifests.check(raw, listed)
    checks = Checks.of(clean)
    require_packages(checks)
    ranges = find_ranges([f"{raw}/{entry.file}" for entry in listed.files])
    preparation = Preparation(
        *size, params.channels, params.filter, params.background, checks, ranges, params.draft
    )
    with (
        writing(record_path) as record_part,
        writing(sheet_path) as sheet_part,
        writing(pack_path) as pack_part,
    ):
        images, dropped = _pack(raw, listed, pack_part, preparation, size_name(size))
        _report(raw, images, dropped, minima)
        warn_of_black(images, ranges)
        record = _record(listed, size_name(size), preparation, images, dropped)
        record_part.write_text(one_line_each(record, "images"), encoding="utf-8")
        with Pack(pack_part) as pack:
            rows = {row: pack.read([row])[0] for row in dropped.repeated()}
        draw_sheet(dropped, len(images), rows).save(sheet_part, "PNG")


def _pack(
    raw: Path, listed: manifests.Manifest, target: Path, preparation: Preparation, size: str
) -> tuple[list[dict], Dropped]:
    """Write the kept images; returns the record's line for every image, and those dropped."""
    images: list[dict] = []
    kept, dropped = KeptImages(preparation.checks), Dropped()
    with (
        PackWriter(
            target, preparation.height, preparation.width, preparation.channels, np.uint8
        ) as pack,
        progress(f"resize {size}", len(listed.files), "images") as bar,
    ):
        prepared = _prepared(preparation, raw, listed)
        for entry, image in zip(listed.files, prepared, strict=True):
            drop = image.drop or kept.judge(entry.file, image.hashes)
            images.append(_line(entry, image, drop, pack.count))
            if drop is not None:
                seen = image.thumbnail if image.pixels is None else image.pixels
                dropped.add(entry.file, drop, seen)
            elif image.pixels is not None:
                pack.append(image.pixels[None])
            bar.advance()
    return images, dropped


def _prepared(
    preparation: Preparation, raw: Path, listed: manifests.Manifest
) -> Iterator[Prepared]:
    image_bytes = preparation.height * preparation.width * preparation.channels
    chunk = max(1, min(LARGEST_CHUNK, CHUNK_BYTES // image_bytes))
    images = [RawImage(f"{raw}/{entry.file}", entry.sha256) for entry in listed.files]
    yield from each_in_order(partial(prepare, preparation), images, chunk)


def _line(entry: manifests.Entry, image: Prepared, drop: Drop | None, row: int) -> dict:
    line: dict = {"file": entry.file, "sha256": entry.sha256}
    facts = {"group": entry.group, "label": entry.label}
    line |= {name: value for name, value in facts.items() if value is not None}
    if drop is not None:
        return {**line, "verdict": "dropped", "reason": drop.reason}
    line |= {"verdict": "kept", "row": row}
    return {**line, "notes": image.notes} if image.notes else line


def _report(raw: Path, images: list[dict], dropped: Dropped, minima: Iterable[Minimum]) -> None:
    lines = [line for line in images if line["verdict"] == "dropped"]
    reasons = "; ".join(f"{line['file']}: {line['reason']}" for line in lines[:REASONS_SHOWN])
    if len(lines) == len(images):
        cleaned = set(dropped.counts) - {UNREADABLE}
        raise UserError(
            f"{raw}: none of its {len(images)} files is a usable image ({reasons}). "
            + ("Loosen clean in params.yaml, or name" if cleaned else "Name")
            + " a source with images under download in params.yaml."
        )
    check_total(len(images) - len(lines), minima, f"{raw}, usable")
    if lines:
        log.warning(
            "%d of %d images dropped (%s), %d kept; the first: %s",
            len(lines),
            len(images),
            dropped.by_kind(),
            len(images) - len(lines),
            reasons,
        )


def _record(
    listed: manifests.Manifest,
    size: str,
    preparation: Preparation,
    images: list[dict],
    dropped: Dropped,
) -> dict:
    kept = sum(line["verdict"] == "kept" for line in images)
    cleaning = {
        "checks": preparation.checks.active(),
        "before": len(images),
        "after": kept,
        "dropped": dict(dropped.counts),
    }
    return {
        "schema": SCHEMA,
        "size": size,
        "height": preparation.height,
        "width": preparation.width,
        "channels": preparation.channels,
        "filter": preparation.filter,
        "background": preparation.background,
        **({"draft": True} if preparation.draft else {}),
        "source": listed.source,
        "licence": listed.licence,
        "origin": listed.origin,
        "counts": {"kept": kept, "dropped": len(images) - kept, "rejected": len(listed.rejected)},
        **({"cleaning": cleaning} if cleaning["checks"] else {}),
        "images": images,
    }
