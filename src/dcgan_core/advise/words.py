"""What was found and proposed, in lines for people."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from . import rules
from .proposal import Proposal
from .survey import Survey

SHOWN = 3
CLASSES_SHOWN = 6
COLUMN = 14


def row(name: str, text: str) -> str:
    """One line: a name, and beside it what there is to say."""
    return f"  {name:{COLUMN}}{text}"


def found_lines(found: Survey) -> list[str]:
    """What there is."""
    heights, widths = found.sides.T
    middle = np.median(found.sides, axis=0)
    wide, high = (100 * float((pair).mean()) for pair in (widths > heights, heights > widths))
    lines = [
        f"{found.photos.path}: {found.count} images",
        row("formats", _counted(found.formats)),
        row(
            "height, width",
            f"{middle[0]:.0f} x {middle[1]:.0f} in the middle; heights {heights.min()} to "
            f"{heights.max()}, widths {widths.min()} to {widths.max()}",
        ),
        row("shape", f"{wide:.0f} % wide, {high:.0f} % high, {100 - wide - high:.0f} % square"),
        row("colour", f"{found.grey} grey, {found.transparent} transparent in places"),
        row("copies", f"{found.exact} exact, {_or_unknown(found.near)} near"),
    ]
    if found.classes:
        lines.append(row("classes", f"{_counted(found.classes)}: each folder's name is a label"))
    lines += _left("not read", found.unreadable)
    lines += _left("not taken", found.photos.others)
    return lines


def proposed_lines(proposal: Proposal) -> list[str]:
    """What is proposed, and why."""
    lines = [row(one.about, f"{one.decided}: {one.reason}") for one in proposal.choices]
    if proposal.different < rules.FEWEST_PHOTOS:
        lines.append(
            f"warning: {proposal.different} different images are too few for anything good; a "
            f"generator can only repeat them. Add more: {rules.FEWEST_PHOTOS} at the very least, "
            "better some hundred."
        )
    return lines


def _counted(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    told = ", ".join(f"{name} {count}" for name, count in ordered[:CLASSES_SHOWN])
    more = len(ordered) - CLASSES_SHOWN
    return f"{told} and {more} more" if more > 0 else told


def _or_unknown(count: int | None) -> str:
    return "unknown" if count is None else str(count)


def _left(name: str, files: list[tuple[str, str]]) -> list[str]:
    if not files:
        return []
    told = "; ".join(f"{file}: {reason}" for file, reason in files[:SHOWN])
    more = f"; and {len(files) - SHOWN} more" if len(files) > SHOWN else ""
    return [row(name, f"{len(files)}: {told}{more}")]
