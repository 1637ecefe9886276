"""The packed images, split, as codes of [-1,1] or as the values themselves."""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..errors import UserError
from ..files import sha256_file, writing_folder
from ..progress import progress
from ..records import check_keys, one_line_each, read_json
from .alpha import CHANNELS
from .codes import OFFSET, SCALE, array_to_unit
from .minima import BASE, FEWEST_HELD_OUT, Minimum, check_splits
from .pack import Pack, PackWriter
from .splits import NEW_PLACES, SPLITS, hold_out_groups, split_images

if TYPE_CHECKING:
    from ..params.schema import Normalize

log = logging.getLogger("dcgan")

SCHEMA = 1
CHUNK_BYTES = 8 << 20
REMEDY = "Run the resize stage again."
IMAGE_COLUMNS = ("split", "row", "file", "sha256", "group", "label")
"""Of ``images.csv``. An image without a group or a label has nothing there."""


def normalize(
    pack_path: Path,
    record_path: Path,
    target_dir: Path,
    params: Normalize,
    minima: Iterable[Minimum] = BASE,
) -> None:
    """Split a pack into ``target_dir/{train,validation,test}.npy``.

    Where images have groups, such as places on a map, some groups are held out whole, as
    ``new_places.npy``. Beside them, ``normalization.json`` records the map to [-1,1], the train
    split's channel means and deviations, counts and hashes, and of images with alpha the
    background that scores see them on; ``images.csv`` says which file is
    which row, of which group and label.

    Args:
        pack_path: the resized images.
        record_path: what became of each, beside the pack.
        target_dir: the folder to make.
        params: the shares and how values are stored.
        minima: how many images each split must have; by default two.

    Raises:
        UserError: pack and record do not belong together, a split would hold too few images, or
            the disk is full. ``target_dir`` is then left as it was.
    """
    numbers = dict.fromkeys(("height", "width", "channels"), int)
    record = read_json(record_path, {**numbers, "source": str, "licence": str, "images": list})
    with Pack(pack_path) as pack:
        if pack.channels == CHANNELS:
            check_keys(str(record_path), record, {"background": str}, remedy=REMEDY)
        kept = _kept(record, record_path, pack)
        held_out = hold_out_groups(
            (line["group"] for line in kept if "group" in line), params.new_places
        )
        splits = _drawn(kept, held_out, params)
        _check_counts(splits, held_out, params, minima)
        with writing_folder(target_dir, mark="normalization.json") as part:
            histogram = _write_splits(pack, splits, part, params.dtype)
            _write_table(part / "images.csv", kept, splits)
            summary = _summary(record, part, splits, histogram, params.dtype)
            summary |= {"held_out_groups": sorted(held_out)} if held_out else {}
            if pack.channels == CHANNELS:
                summary["background"] = record["background"]
                _warn_of_opaque(histogram[-1])
            (part / "normalization.json").write_text(one_line_each(summary), encoding="utf-8")


def _kept(record: dict, record_path: Path, pack: Pack) -> list[dict]:
    """The record's lines of kept images, in the pack's row order.

    Raises:
        UserError: the record is of another pack or not whole, or the pack does not hold uint8
            codes.
    """
    for place, line in enumerate(record["images"]):
        where = f"{record_path}, images[{place}]"
        wanted = {"verdict": str, "file": str, "sha256": str}
        check_keys(where, line, wanted, {"group": str, "label": str, "row": int}, REMEDY)
    kept = [line for line in record["images"] if line["verdict"] == "kept"]
    described = (record["height"], record["width"], record["channels"])
    in_order = [line.get("row") for line in kept] == list(range(len(pack)))
    if (
        described != (pack.height, pack.width, pack.channels)
        or not in_order
        or pack.dtype != np.uint8
    ):
        raise UserError(f"{record_path} does not describe {pack.path}. {REMEDY}")
    return kept


def _drawn(kept: list[dict], held_out: set[str], params: Normalize) -> list[str]:
    """The split of each image: by its content, unless its group is held out."""
    outside = [line.get("group") in held_out for line in kept]
    inside = [line["sha256"] for line, out in zip(kept, outside, strict=True) if not out]
    drawn = iter(split_images(inside, params.validation, params.test, FEWEST_HELD_OUT))
    return [NEW_PLACES if out else next(drawn) for out in outside]


def _check_counts(
    splits: list[str], held_out: set[str], params: Normalize, minima: Iterable[Minimum]
) -> None:
    outside = splits.count(NEW_PLACES)
    note = (
        f" Held out beside them by normalize.new_places: images {outside}, groups {len(held_out)}."
        if held_out
        else ""
    )
    check_splits({split: splits.count(split) for split in SPLITS}, minima, params, note)


def _write_splits(pack: Pack, splits: list[str], folder: Path, dtype: str) -> npt.NDArray[np.int64]:
    """Stream the rows to their splits' files; returns the train codes' histogram, C×256."""
    histogram = np.zeros((pack.channels, 256), np.int64)
    names = np.array(splits)
    with ExitStack() as stack:
        writers = {
            split: stack.enter_context(
                PackWriter(folder / f"{split}.npy", pack.height, pack.width, pack.channels, dtype)
            )
            for split in SPLITS
            if split in splits
        }
        bar = stack.enter_context(progress("normalize", len(pack), "images"))
        for start, codes in _chunks(pack):
            for split in writers:
                chosen = codes[names[start : start + len(codes)] == split]
                if split == "train":
                    for channel in range(pack.channels):
                        histogram[channel] += np.bincount(
                            chosen[..., channel].ravel(), minlength=256
                        )
                stored = chosen if dtype == "uint8" else array_to_unit(chosen).astype(dtype)
                writers[split].append(stored)
            bar.advance(len(codes))
    return histogram


def _chunks(pack: Pack) -> Iterator[tuple[int, npt.NDArray[np.uint8]]]:
    step = max(1, CHUNK_BYTES // (pack.height * pack.width * pack.channels))
    for start in range(0, len(pack), step):
        yield start, pack.read(range(start, min(start + step, len(pack))))


def _warn_of_opaque(alphas: npt.NDArray[np.int64]) -> None:
    if not alphas[:-1].any():
        log.warning(
            "resize.channels = 4, but no training image is transparent anywhere: 3 would train the "
            "same pictures in less time"
        )


def _write_table(path: Path, kept: list[dict], splits: list[str]) -> None:
    rows = dict.fromkeys(SPLITS, 0)
    with open(path, "w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(IMAGE_COLUMNS)
        for line, split in zip(kept, splits, strict=True):
            facts = (line.get(name, "") for name in IMAGE_COLUMNS[2:])
            table.writerow([split, rows[split], *facts])
            rows[split] += 1


def _summary(
    record: dict, folder: Path, splits: list[str], histogram: npt.NDArray[np.int64], dtype: str
) -> dict:
    values = np.arange(256) / SCALE + OFFSET
    shares = histogram / histogram.sum(axis=1, keepdims=True)
    mean = shares @ values
    deviation = np.sqrt((shares * (values - mean[:, None]) ** 2).sum(axis=1))
    return {
        "schema": SCHEMA,
        "formula": "x = code / scale + offset",
        "scale": SCALE,
        "offset": OFFSET,
        "dtype": dtype,
        "height": record["height"],
        "width": record["width"],
        "channels": record["channels"],
        "mean": mean.tolist(),
        "std": deviation.tolist(),
        "counts": {split: splits.count(split) for split in SPLITS},
        "sha256": {
            split: sha256_file(folder / f"{split}.npy") for split in SPLITS if split in splits
        },
        "source": record["source"],
        "licence": record["licence"],
    }
