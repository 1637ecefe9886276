"""What to do about photos: each setting that is chosen for them, and why."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..params.recipes import Recipe, read_recipe
from ..params.sizes import parse_size, size_name
from . import rules
from .survey import NEAR_BITS, Survey
from .symmetry import SIGNIFICANT, compare_with_mirrored

ASKED = "as asked for"
FAST = ("gpu", "hpu")


@dataclass(frozen=True)
class Wishes:
    """What is asked for, in place of a proposal where it is not None.

    Attributes:
        size: as ``sizes`` names it.
        recipe: a name in ``recipes/``; its size and length are then kept.
        images: length of the training, in images shown.
        regime: few, normal or many.
        device: that the training will run on.
    """

    size: str | None = None
    recipe: str | None = None
    images: int | None = None
    regime: str | None = None
    device: str = "cpu"


@dataclass(frozen=True)
class Choice:
    """One decision: what about, what was decided, why, and the settings that follow."""

    about: str
    decided: str
    reason: str
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Proposal:
    """All decisions on some photos.

    Attributes:
        choices: in the order to tell them.
        different: images that are no copies of another, as far as copies are dropped.
    """

    choices: list[Choice]
    different: int

    @property
    def settings(self) -> dict[str, Any]:
        """Dotted names to values; what a later choice says wins."""
        return {name: value for one in self.choices for name, value in one.settings.items()}


def propose(found: Survey, wishes: Wishes, root: Path) -> Proposal:
    """Decide.

    Args:
        found: what there is.
        wishes: what is decided already.
        root: the project's folder, for its recipes.

    Raises:
        UserError: there is no such recipe.
    """
    cleaning, dropped = _cleaning(found)
    different = found.count - dropped
    regime = wishes.regime or rules.regime_for(different)
    recipe = read_recipe(wishes.recipe or rules.REGIMES[regime].recipe, root)
    choices = [
        _source(found),
        *cleaning,
        _recipe(recipe, regime, different, wishes),
        _size(found, different, recipe, wishes),
        _channels(found),
        _length(recipe, regime, wishes),
        _held_out(different),
        _flip(found, recipe, wishes),
    ]
    return Proposal(choices, different)


def _source(found: Survey) -> Choice:
    photos = found.photos
    settings = {"download.source": photos.source, "download.path": photos.path}
    reason = "read where they are, and left as they are"
    if photos.source == "archive":
        settings |= {"download.url": "", "download.sha256": ""}
        reason = "unpacked by the pipeline"
    return Choice("source", f"{photos.source} {photos.path}", reason, settings)


def _cleaning(found: Survey) -> tuple[list[Choice], int]:
    """What is done about copies, and how many images go with them."""
    exact = Choice(
        "exact copies",
        f"drop {found.exact}" if found.exact else "none",
        "copies would count twice, and may get both into training and into the test"
        if found.exact
        else "no two images have the same pixels",
        {"clean.exact_duplicates": bool(found.exact)},
    )
    near = found.near or 0
    drop_near = 0 < near <= rules.MOST_NEAR * found.count
    if found.near is None:
        decided, reason = "not looked for", "that takes one more package: pip install ImageHash"
    elif drop_near:
        decided, reason = f"drop {near}", "the same picture saved or scaled once more"
    elif near:
        decided = f"keep {near}"
        reason = "so many are nearly alike that they are of one kind rather than copies"
    else:
        decided, reason = "none", "no two images are nearly alike"
    bits = NEAR_BITS if drop_near else 0
    nearly = Choice("near copies", decided, reason, {"clean.near_duplicates": bits})
    return [exact, nearly], found.exact + (near if drop_near else 0)


def _recipe(recipe: Recipe, regime: str, different: int, wishes: Wishes) -> Choice:
    if wishes.recipe:
        reason = ASKED
    elif wishes.regime:
        reason = f"{ASKED}: {regime} images"
    else:
        reason = f"{different} different images are {rules.REGIMES[regime].because}"
    return Choice("recipe", recipe.name, reason, recipe.settings)


def _size(found: Survey, different: int, recipe: Recipe, wishes: Wishes) -> Choice:
    if wishes.size:
        sizes, reason = [wishes.size], ASKED
    elif wishes.recipe and "sizes" in recipe.settings:
        sizes, reason = recipe.settings["sizes"], "the recipe's own"
    else:
        base, why = _base(found, different, wishes.device)
        size, shape = _shape(found, base)
        sizes, reason = [size_name(size)], f"{why}; {shape}"
    smaller = int((found.sides < parse_size(sizes[0])).any(axis=1).sum())
    reason += f"; {smaller} smaller ones are enlarged" if smaller else ""
    return Choice("size", ", ".join(sizes), reason, {"sizes": sizes})


def _base(found: Survey, different: int, device: str) -> tuple[int, str]:
    """The shorter side, and why."""
    shorter = f"shorter sides are {found.shorter:.0f} pixels in the middle"
    if found.shorter < rules.SMALL_SIDE:
        return rules.SMALL, f"{shorter}, and 64 would enlarge most"
    if device not in FAST:
        return rules.USUAL, f"what a {device} trains in good time"
    if found.shorter < rules.LARGE_SIDE:
        return rules.USUAL, f"{shorter}, too few for {rules.LARGE}"
    if different < rules.LARGE_COUNT:
        return rules.USUAL, f"{rules.LARGE} takes {rules.LARGE_COUNT} images or more"
    return rules.LARGE, f"{shorter}, and {device} is fast enough"


def _shape(found: Survey, base: int) -> tuple[tuple[int, int], str]:
    """Height and width with that shorter side, and why."""
    height, width = found.sides.T
    wide, high = float((width > height).mean()), float((height > width).mean())
    aspect = float(np.median(found.sides.max(axis=1) / found.sides.min(axis=1)))
    longer = round(base * min(aspect, rules.MOST_ASPECT) / rules.SIDE_STEP) * rules.SIDE_STEP
    if max(wide, high) >= rules.SAME_WAY and aspect >= rules.LEAST_ASPECT and longer > base:
        way, share = ("wide", wide) if wide > high else ("high", high)
        reason = f"{_percent(share)} are {way}, {aspect:.2f} to 1 in the middle, of which a square "
        reason += f"would cut {_percent(1 - 1 / aspect)} off; images are cropped, never stretched"
        return ((base, longer) if way == "wide" else (longer, base)), reason
    return (base, base), "square, since images are cropped in the middle, never stretched"


def _channels(found: Survey) -> Choice:
    chosen = rules.channels_for(found)
    reason = chosen.because
    if found.transparent and chosen.channels < 4:
        reason += f"; {found.transparent} transparent ones are put on resize.background"
    return Choice("channels", str(chosen.channels), reason, {"resize.channels": chosen.channels})


def _length(recipe: Recipe, regime: str, wishes: Wishes) -> Choice:
    images = wishes.images or (None if wishes.recipe else rules.REGIMES[regime].images)
    if images:
        reason = ASKED if wishes.images else rules.REGIMES[regime].because
        settings = {"train.images": images, "train.epochs": 0}
        return Choice("length", f"{images} images shown", reason, settings)
    shown, epochs = (recipe.settings.get(f"train.{name}") for name in ("images", "epochs"))
    if not (shown or epochs):
        return Choice("length", "as params.yaml has it", f"recipe {recipe.name} names none")
    decided = f"{shown} images shown" if shown else f"{epochs} epochs"
    return Choice("length", decided, f"that of recipe {recipe.name}")


def _held_out(different: int) -> Choice:
    wanted = math.ceil(100 * rules.HELD_OUT / different) / 100
    share = min(max(wanted, rules.LEAST_HELD_OUT), rules.MOST_HELD_OUT)
    each = round(share * different)
    if share == rules.LEAST_HELD_OUT:
        reason = "enough for scores that chance does not make"
    elif wanted <= rules.MOST_HELD_OUT:
        reason = "a larger share of so few, or chance would make the scores"
    else:
        reason = "as much as training can spare; chance will show in the scores"
    settings = {"normalize.validation": share, "normalize.test": share}
    decided = f"{_percent(share)} to choose by and as many to test on (about {each} images each)"
    return Choice("held out", decided, reason, settings)


def _flip(found: Survey, recipe: Recipe, wishes: Wishes) -> Choice:
    compared = compare_with_mirrored(found.tones)
    if compared.one_sided:
        reason = (
            f"the photos face one way ({100 * compared.share:.1f} % of what sets left and right "
            f"apart is common to them, p = {compared.p:.3f}); mirrored ones would be unlike any"
        )
        return Choice("mirroring", "off", reason, {"train.flip": False})
    unsided = f"what sets left and right apart is not common to the photos (p = {compared.p:.3f})"
    if compared.p < SIGNIFICANT:
        unsided = (
            f"too little of what sets left and right apart is common to the photos to be seen "
            f"({100 * compared.share:.1f} %)"
        )
    if wishes.recipe and "train.flip" in recipe.settings:
        flip = recipe.settings["train.flip"]
        return Choice("mirroring", "on" if flip else "off", f"the recipe's own; {unsided}")
    return Choice("mirroring", "on", f"{unsided}: twice the photos", {"train.flip": True})


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
