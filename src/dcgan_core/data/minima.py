"""How many images each split must have for all that comes later.

Said before hours of training, by the stages that make the splits, and again by those that need
them, since settings may have changed in between.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UserError
from .pack import Pack
from .splits import NEW_PLACES

if TYPE_CHECKING:
    from ..params import Fidelity, Normalize, Params, Stabilise, Train

FEWEST = 2
"""Images that every split needs: a standard error or a covariance takes two."""
FEWEST_ESTIMATED = 3
"""Images of which a score's spread can be told: a part of them must still have two."""
FEWEST_HELD_OUT = 6
"""Images that the drawing leaves in validation and test if it can: what 5 neighbours take."""


@dataclass(frozen=True)
class Minimum:
    """What one setting asks of one split.

    Attributes:
        split: train, validation or test.
        least: images it must have.
        setting: what asks for them, with its value; empty for what no setting changes.
    """

    split: str
    least: int
    setting: str = ""


BASE = tuple(Minimum(split, FEWEST) for split in ("train", "validation", "test"))


def usable_neighbors(neighbors: int, count: int) -> int:
    """k for sets of ``count`` images: ``neighbors``, but a tenth of the images at most, or 5.

    Balls round a quarter of a small set would hold whatever lies between them.
    """
    return min(neighbors, max(FEWEST_HELD_OUT - 1, count // 10))


def least_for_neighbors(neighbors: int) -> int:
    """Images in which each has that many others, and of which there is a covariance."""
    return max(neighbors + 1, FEWEST)


def batches_for_step(settings: Train) -> int:
    """Batches of real images that one step of the training takes."""
    return settings.n_dis if settings.n_dis_batch == "new" else 1


def training_minima(train: Train, stabilise: Stabilise) -> list[Minimum]:
    """What the train stage needs: the images of one step; for ``stop_on: kid`` some to score."""
    batches = batches_for_step(train)
    setting = f"train.batch_size = {train.batch_size}"
    if batches > 1:
        setting += f" and train.n_dis = {batches}"
    found = [Minimum("train", batches * train.batch_size, setting)]
    if stabilise.stop_on == "kid":
        found.append(Minimum("validation", FEWEST, "stabilise.stop_on = kid"))
    return found


def fidelity_minima(fidelity: Fidelity) -> list[Minimum]:
    """What the fidelity stage needs of all three splits, as each is scored."""
    # A set of so few makes do with fewer neighbours, down to five.
    fewest = min(fidelity.neighbors, FEWEST_HELD_OUT - 1)
    least = max(least_for_neighbors(fewest), FEWEST_ESTIMATED)
    setting = f"fidelity.neighbors = {fidelity.neighbors}"
    setting += f", {fewest} for small sets" * (fewest < fidelity.neighbors)
    return [Minimum(base.split, least, setting) for base in BASE]


def all_minima(params: Params) -> list[Minimum]:
    """What all stages need; the parzen stage needs no more than every split has."""
    return [
        *BASE,
        *training_minima(params.train, params.stabilise),
        *fidelity_minima(params.fidelity),
    ]


def check_total(count: int, minima: Iterable[Minimum], where: str) -> None:
    """Check that so many images could do, however they are split.

    Args:
        count: images there are.
        minima: what is needed.
        where: what holds them, as the message's first words.

    Raises:
        UserError: they are too few.
    """
    strictest = _strictest(minima)
    least = sum(one.least for one in strictest)
    if count < least:
        asked = ", ".join(f"{one.least} to {one.split}{_because(one)}" for one in strictest)
        raise UserError(
            f"{where}: {count} images, but at least {least} are needed: {asked}. Add "
            f"{least - count} images or more (download in params.yaml), or lower these settings."
        )


def check_splits(
    counts: Mapping[str, int], minima: Iterable[Minimum], normalize: Normalize, note: str = ""
) -> None:
    """Check that each split has the images that it needs.

    Args:
        counts: images by split.
        minima: what is needed.
        normalize: the shares, from which follows how many more images would do.
        note: a sentence to add, with a blank before it.

    Raises:
        UserError: a split has too few; all such splits are in the one line.
    """
    short = [one for one in _strictest(minima) if counts[one.split] < one.least]
    if not short:
        return
    shares = {"validation": normalize.validation, "test": normalize.test}
    shares["train"] = 1 - normalize.validation - normalize.test
    total = sum(counts.values())
    drawn = total - counts.get(NEW_PLACES, 0)
    # Two standard deviations of the drawing above what is needed on average.
    enough = max(
        math.ceil((one.least + 2 * math.sqrt(one.least)) / shares[one.split]) for one in short
    )
    told = "; ".join(
        f"the {one.split} split has {counts[one.split]} images and needs at least "
        f"{one.least}{_because(one)}"
        for one in short
    )
    raised = [f"normalize.{one.split}" for one in short if one.split != "train"]
    lower = [one.setting for one in short if one.setting]
    remedies = [f"add about {max(enough - drawn, 1)} images (download in params.yaml)"]
    remedies += [f"raise {' and '.join(raised)}"] if raised else []
    remedies += [f"lower {', '.join(dict.fromkeys(lower))}"] if lower else []
    raise UserError(f"{total} usable images: {told}.{note} Remedy: {', or '.join(remedies)}.")


def check_folder(normalized: Path, minima: Iterable[Minimum], normalize: Normalize) -> None:
    """:func:`check_splits` of the splits in a folder.

    Args:
        normalized: the folder that the normalize stage made.
        minima: what is needed.
        normalize: the shares.

    Raises:
        UserError: a split has too few images, or cannot be read.
    """
    counts = {}
    for base in BASE:
        with Pack(normalized / f"{base.split}.npy") as pack:
            counts[base.split] = len(pack)
    check_splits(counts, minima, normalize)


def _strictest(minima: Iterable[Minimum]) -> list[Minimum]:
    """Of each split the largest minimum; of equal ones that which names a setting."""
    found: dict[str, Minimum] = {}
    for one in minima:
        before = found.get(one.split)
        if before is None or (one.least, bool(one.setting)) > (before.least, bool(before.setting)):
            found[one.split] = one
    return list(found.values())


def _because(minimum: Minimum) -> str:
    return f" ({minimum.setting})" if minimum.setting else ""
