"""What to make of a run's scores, in plain words: one rule a remark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..data.splits import NEW_PLACES
from ..evaluate.estimates import verdict_of_intervals
from .numbers import count, listed, number, percent
from .scores import HEADLINE, Reference, Value, references

FEW = 200
"""Held-out images below which scores tell little apart."""
MUCH_WORSE = 0.5
"""Of what is reached in this distribution, on new places, below which that is much worse."""


@dataclass(frozen=True)
class Remark:
    """One thing to know about the scores.

    Attributes:
        kind: the rule's name.
        warns: whether it limits what the scores are worth, or is bad news.
        text: one or two sentences.
    """

    kind: str
    warns: bool
    text: str


def remarks(record: Mapping[str, Any]) -> list[Remark]:
    """All that is to be said of ``fidelity.json``, the most important first.

    Args:
        record: as ``read_fidelity`` gives it.
    """
    known = {reference.name: reference for reference in references(record)}
    found = [Remark("reached", False, _reached(known))]
    for rule, tell in _WARNINGS.items():
        text = tell(record, known)
        if text:
            found.append(Remark(rule, True, text))
    undecided = _undecided(record)
    return [*found, Remark("undecided", False, undecided)] if undecided else found


Known = Mapping[str, Reference]


def _reached(known: Known) -> str:
    score = known["this_distribution"].headline
    best = score.best
    return (
        f"The best snapshot covers {percent(best.value)} of the held-out images "
        f"({percent(best.low)} to {percent(best.high)}); real training images cover "
        f"{percent(score.real.value)}."
    )


def _vetoed(record: Mapping[str, Any], known: Known) -> str:
    best, copies = record["best"], record["copies"]
    reason = best["vetoed"].get(str(best["images"])) or copies["veto"]
    if not reason:
        return ""
    told = f"The best snapshot {reason}: do not use it for its scores. The sheet below shows how."
    if best["all_vetoed"]:
        told += " So do all others."
    return told


def _like(row: str, words: str) -> Callable[[Mapping[str, Any], Known], str]:
    def tell(record: Mapping[str, Any], known: Known) -> str:
        values = known["this_distribution"].headline.values
        best, other = values["best"], values[row]
        both = f"({number(best.value, 'share')} and {number(other.value, 'share')}"
        if _overlap(best, other):
            return (
                f"By coverage the samples cannot be told from {words} {both}, with intervals that "
                "overlap)."
            )
        if best.value < other.value:
            return f"By coverage the samples are worse than {words} {both})."
        return ""

    return tell


def _misled(record: Mapping[str, Any], known: Known) -> str:
    places = []
    for reference in known.values():
        names = [score.metric.label for score in reference.scores.values() if score.misleads]
        if names:
            where = reference.title[0].lower() + reference.title[1:]
            places.append(f"{listed(names)} {where}")
    if not places:
        return ""
    return (
        "Some scores rate noise or strong blur above real images here, so do not go by them: "
        f"{'; '.join(places)}."
    )


def _no_variety(record: Mapping[str, Any], known: Known) -> str:
    if known["this_distribution"].scores["recall"].best.value > 0:
        return ""
    return (
        "Recall is 0: no real image lies among the generated ones, so nothing says that the "
        "generator has the variety of the real images."
    )


def _few_held_out(record: Mapping[str, Any], known: Known) -> str:
    images = known["this_distribution"].n_real
    if images >= FEW:
        return ""
    return (
        f"There are only {count(images)} held-out images. Scores on so few cannot tell two good "
        "snapshots apart, nor say how a model does on rare images: read the intervals, not the "
        "values."
    )


def _new_places(record: Mapping[str, Any], known: Known) -> str:
    if NEW_PLACES not in known:
        return ""
    here, there = (known[name].scores[HEADLINE].best for name in ("this_distribution", NEW_PLACES))
    shares = here.of_real, there.of_real
    if shares[0] is None or shares[1] is None or shares[1] >= MUCH_WORSE * shares[0]:
        return ""
    if verdict_of_intervals(there.triple, here.triple, lower_is_better=False) != "worse":
        return ""
    return (
        f"On new places it does much worse: there it covers {percent(shares[1])} of what real "
        f"training images do, here {percent(shares[0])}. It has learned the places that it saw."
    )


def _at_real_level(record: Mapping[str, Any], known: Known) -> str:
    score = known["this_distribution"].scores["fd"]
    if score.best.low > score.real.high:
        return ""
    return (
        f"The Fréchet distance ({number(score.best.value)}) is at the level of real images "
        f"({number(score.real.value)}): with so many images it cannot tell the two apart any more. "
        "Look at coverage and at the sheet of copies, or score more images."
    )


def _undecided(record: Mapping[str, Any]) -> str:
    others = [count(images) for images in record["best"]["undecided"]]
    if not others:
        return ""
    those = "that" if len(others) == 1 else "those"
    verb = "is" if len(others) == 1 else "are"
    return (
        f"The snapshot after {count(record['best']['images'])} images has the best "
        f"{record['protocol']['criterion']} on validation images, but {those} after "
        f"{listed(others)} {verb} not told from it: the difference is within chance."
    )


_WARNINGS: dict[str, Callable[[Mapping[str, Any], Known], str]] = {
    "vetoed": _vetoed,
    "like noise": _like("noise", "uniform noise"),
    "like blur": _like("strongly_blurred", "strongly blurred real images"),
    "misled": _misled,
    "no variety": _no_variety,
    "few held out": _few_held_out,
    "new places": _new_places,
    "at real level": _at_real_level,
}


def _overlap(one: Value, other: Value) -> bool:
    return one.low <= other.high and other.low <= one.high
