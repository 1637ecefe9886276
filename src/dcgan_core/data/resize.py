"""Raw images, cleaned, to one packed array at one size, and a record of what became of each."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from ..errors import UserError
from ..files import writing
from ..progress import progress
from ..records import one_line_each
from . import manifest as manifests
from .alpha import without_hidden
from .clean.bounds import outside
from .clean.checks import UNREADABLE, Checks, Drop
from .clean.dropped_sheet import Dropped, draw_sheet, thumbnail
from .clean.duplicates import KeptImages
from .clean.hashes import Hashes, hash_image, require_packages
from .decode import decode, on_ground
from .decode_memory import MOST_BYTES
from .depth import Ranges, warn_of_black
from .image_file import Unreadable
from .look import find_ranges
from .minima import Minimum, check_total
from .pack import Pack, PackWriter
from .shared_work import each_in_order

if TYPE_CHECKING:
    from ..params.schema import Clean, Resize

log = logging.getLogger("dcgan")

SCHEMA = 1
FILTERS = {
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "bilinear": Image.Resampling.BILINEAR,
    "box": Image.Resampling.BOX,
}
LARGEST_CHUNK = 64
CHUNK_BYTES = 4 << 20
REASONS_SHOWN = 3


@dataclass(frozen=True)
class Preparation:
    """What to make of each image; plain values, so that workers need no settings' code."""

    height: int
    width: int
    channels: int
    filter: str
    background: str
    checks: Checks
    ranges: Ranges = field(default_factory=dict)


@dataclass
class Prepared:
    """One image H×W×C uint8 and what was changed on the way; or why there is none.

    ``thumbnail`` shows an image that could be read and is left out for what it is by itself.
    """

    pixels: npt.NDArray[np.uint8] | None = None
    notes: list[str] = field(default_factory=list)
    hashes: Hashes = field(default_factory=Hashes)
    drop: Drop | None = None
    thumbnail: npt.NDArray[np.uint8] | None = None


def crop_box(image: tuple[int, int], target: tuple[int, int]) -> tuple[float, float, float, float]:
    """The largest centred part of an image that has the target's aspect ratio.

    Both sizes are (height, width); the box is Pillow's (left, top, right, bottom), within
    the image. An image that needs no scaling gets whole-pixel edges, so that none is blurred.
    """
    height, width = image
    target_height, target_width = target
    if width * target_height > height * target_width:
        crop_height, crop_width = float(height), height * target_width / target_height
    else:
        crop_height, crop_width = width * target_height / target_width, float(width)
    left, top = (width - crop_width) / 2, (height - crop_height) / 2
    if (crop_height, crop_width) == target:
        left, top = float(int(left)), float(int(top))
    return left, top, min(left + crop_width, float(width)), min(top + crop_height, float(height))


def fit(image: Image.Image, size: tuple[int, int], filter: str) -> npt.NDArray[np.uint8]:
    """Centre-crop to the aspect ratio of ``size`` (height, width) and resample once, antialiased.

    Returns H×W×C uint8, C = 1 for mode L, 3 for RGB and 4 for RGBA. Colours of RGBA are weighed by
    their alpha (Pillow resamples it premultiplied), so that hidden ones do not bleed into edges.
    """
    height, width = size
    box = crop_box((image.height, image.width), size)
    pixels = np.asarray(image.resize((width, height), FILTERS[filter], box=box))
    return pixels if pixels.ndim == 3 else pixels[..., None]


def prepare(preparation: Preparation, path: str, most_bytes: int = MOST_BYTES) -> Prepared:
    """Decode, check and fit one file.

    Raises:
        NeedsMore: it takes more memory than ``most_bytes``.
        UserError: it is a HEIC photo, and pillow-heif is not installed.
    """
    try:
        decoded = decode(
            path, preparation.channels, preparation.background, preparation.ranges, most_bytes
        )
    except Unreadable as unreadable:
        return Prepared(drop=Drop(UNREADABLE, unreadable.reason))
    image, notes = decoded.image, decoded.notes
    drop, hashes = _judged(image, preparation)
    if drop is not None:
        return Prepared(drop=drop, thumbnail=thumbnail(image))
    if image.height < preparation.height or image.width < preparation.width:
        notes.append(f"enlarged from {image.height}x{image.width} (height x width)")
    pixels = fit(image, (preparation.height, preparation.width), preparation.filter)
    return Prepared(without_hidden(pixels, preparation.background), notes, hashes)


def _judged(image: Image.Image, preparation: Preparation) -> tuple[Drop | None, Hashes]:
    """Why an image is left out, or its hashes; one with alpha is seen on the background."""
    seen = image
    if image.mode == "RGBA" and preparation.checks.active():
        seen, _ = on_ground(image, preparation.background)
    drop = outside(seen, preparation.checks)
    return drop, Hashes() if drop else hash_image(image, preparation.checks, seen)


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
        params: the channels, the resampling filter and the colour behind transparent images.
        clean: what to drop besides files that cannot be read.
        minima: what later stages need of each split.

    Raises:
        UserError: the folder is not whole, too few images are usable, a package is needed and
            not installed, or the disk is full. Nothing is then left half-written.
    """
    # Here and not above: worker processes, which import this module, need no settings' code.
    from ..params import size_name

    listed = manifests.read(raw)
    manifests.check(raw, listed, hashes=True)
    checks = Checks.of(clean)
    require_packages(checks)
    ranges = find_ranges([str(raw / entry.file) for entry in listed.files])
    preparation = Preparation(
        *size, params.channels, params.filter, params.background, checks, ranges
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
        prepared = _prepared(preparation, [str(raw / entry.file) for entry in listed.files])
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


def _prepared(preparation: Preparation, paths: list[str]) -> Iterator[Prepared]:
    image_bytes = preparation.height * preparation.width * preparation.channels
    chunk = max(1, min(LARGEST_CHUNK, CHUNK_BYTES // image_bytes))
    yield from each_in_order(partial(prepare, preparation), paths, chunk)


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
        "source": listed.source,
        "licence": listed.licence,
        "origin": listed.origin,
        "counts": {"kept": kept, "dropped": len(images) - kept, "rejected": len(listed.rejected)},
        **({"cleaning": cleaning} if cleaning["checks"] else {}),
        "images": images,
    }
