"""The model card that goes with an exported generator."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from ruamel.yaml import YAML

from ..nets.snapshot import SnapshotInfo, read_info
from ..params.yaml_file import setting_text
from ..report.numbers import count
from ..stages import STAGES, altered, outdated, read_receipt

USE = "\n## Use\n"
"""Begins the last part of a run's card, which tells how its results are loaded."""
RGBA = (
    "Of four channels the colours are premultiplied: divide them, on the scale of 0 to 1, by the "
    "fourth, which is alpha."
)


def card_for(snapshot: Path, use: str) -> tuple[str, bool]:
    """Markdown with the YAML header that Hugging Face's site reads.

    Args:
        snapshot: the generator.
        use: Markdown that says how the exported file is used.

    Returns:
        The card, and whether it is that of the run, with scores. Only the best snapshot of a run
        has one, and only as long as all is as the run left it.

    Raises:
        UserError: the snapshot cannot be read.
    """
    info = read_info(snapshot)
    card = _run_card(snapshot, info.size)
    text = _plain_card(info) if card is None else card.read_text(encoding="utf-8")
    hint = f"{RGBA}\n\n" if info.channels == 4 else ""
    return f"{text.partition(USE)[0].rstrip()}\n{USE}\n{hint}{use.strip()}\n", card is not None


def _run_card(snapshot: Path, size: str) -> Path | None:
    """The card that the summary stage wrote of this very file."""
    place = snapshot.resolve()
    root, fidelity, summary = place.parents[2], STAGES["fidelity"], STAGES["summary"]
    best, card = f"results/{size}/best.safetensors", root / f"results/summary/card-{size}.md"
    if place != root / best or not card.is_file():
        return None
    if not all((read_receipt(fidelity, size, root), read_receipt(summary, None, root))):
        return None
    made = {*altered(fidelity, size, root), *altered(summary, None, root)}
    read = outdated(summary, None, root)
    whole = not made & {best, "results/summary"} and f"results/{size}/fidelity.json" not in read
    return card if whole else None


def _plain_card(info: SnapshotInfo) -> str:
    """What a snapshot says of itself."""
    data = {
        "license": "other",
        "license_name": "as-the-images",
        "library_name": "dcgan-workflow",
        "pipeline_tag": "unconditional-image-generation",
        "tags": ["dcgan", "gan"] + ["class-conditional"] * bool(info.classes),
    }
    yaml, stream = YAML(typ="rt", pure=True), StringIO()
    yaml.dump(data, stream)
    settings = (f"{name} {setting_text(value)}" for name, value in info.model.items())
    kept = "averaged over training" if info.weights == "ema" else "as trained, not averaged"
    lines = [
        "---",
        stream.getvalue().rstrip(),
        "---",
        f"# DCGAN {info.size}",
        "",
        f"Makes images of {info.height} × {info.width} pixels, {info.channels} channels, after "
        f"{count(info.images)} real images shown. Weights are {kept}.",
        "",
        "No scores are told here: this file is not the best snapshot of a finished run that lies "
        "beside it.",
        "",
        "## Settings",
        "",
        f"- model: {', '.join(settings)}",
    ]
    if info.classes:
        lines.append(f"- classes: {', '.join(info.classes)}")
    return "\n".join(lines)
