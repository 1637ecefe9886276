"""The class that a label stands for, and whether images have classes that can be learned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import UserError, shown
from ..records import read_json

MOST = 500
"""Classes; of more, few have enough images for anything to be learned of them."""
REMEDY = (
    "Set model.conditional to false, or give images in class folders or a source with labels "
    "(docs/conditional.md)."
)

_CLASS_OF: dict[str, Callable[[str], str]] = {
    # Of 1,000 triples each has few images; the red digit is one of ten.
    "digits": lambda label: label[0],
    # The variant of the first attribute: head=bun;expression=smile;... is bun.
    "avatars": lambda label: label.partition(";")[0].partition("=")[2],
}


def class_of(source: str, label: str) -> str:
    """The class of an image with this label, which is not empty; of most sources the label itself.

    Args:
        source: a choice of ``download.source``.
        label: as the source's manifest has it.
    """
    return _CLASS_OF.get(source, str)(label)


def check_record(record_path: Path) -> None:
    """:func:`check_labels` of the images that the resize stage kept.

    Args:
        record_path: what became of each image.

    Raises:
        UserError: as there; or the record is not whole.
    """
    record = read_json(record_path, {"source": str, "images": list})
    kept = [line for line in record["images"] if line.get("verdict") == "kept"]
    labels = [line.get("label", "") for line in kept]
    check_labels(
        str(record_path), [label and class_of(record["source"], label) for label in labels]
    )


def check_labels(where: str, names: Sequence[str]) -> None:
    """Check that classes can be learned.

    Args:
        where: what lists the images, as the message's first words.
        names: the class of each image; empty where it has no label.

    Raises:
        UserError: an image has no label, or there are fewer classes than two or more than MOST.
    """
    missing, counts = names.count(""), Counter(names)
    if missing:
        raise UserError(
            f"{where}: {missing} of {len(names)} images have no label, and model.conditional "
            f"needs one of each. {REMEDY}"
        )
    if not 2 <= len(counts) <= MOST:
        some = ", ".join(shown(name) for name in sorted(counts)[:3])
        raise UserError(
            f"{where}: {len(counts)} classes ({some}{', ...' if len(counts) > 3 else ''}), and "
            f"model.conditional needs 2 to {MOST}. {REMEDY}"
        )
