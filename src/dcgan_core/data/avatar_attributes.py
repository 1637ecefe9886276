"""The attributes of drawn portraits and planets, and how a label names their variants.

A label is ``head=bun;expression=smile;facialHair=none;accessories=none;mask=none``.
"""

from __future__ import annotations

from collections.abc import Mapping

ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "open-peeps": ("head", "expression", "facialHair", "accessories", "mask"),
    "planets": ("surface", "ring", "moons"),
}
"""What varies in kind from drawing to drawing, by style; the rest is colours, places, angles."""
NONE = "none"
"""The variant of an attribute that a drawing does without."""


def label(style: str, variants: Mapping[str, str]) -> str:
    """The label of a drawing.

    Args:
        style: of ``ATTRIBUTES``.
        variants: by attribute, without those that the drawing does without.
    """
    return ";".join(f"{name}={variants.get(name, NONE)}" for name in ATTRIBUTES[style])


def variants_of(text: str) -> dict[str, str]:
    """The variants that a label names, by attribute."""
    return dict(part.partition("=")[::2] for part in text.split(";"))


def style_of(text: str) -> str | None:
    """The style that a label is of; None if of none."""
    names = tuple(variants_of(text))
    return next((style for style, wanted in ATTRIBUTES.items() if wanted == names), None)
