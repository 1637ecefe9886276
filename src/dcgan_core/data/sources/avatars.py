"""Drawn portraits and planets: any number, all different, free to use (CC0)."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache, partial
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from ...optional import require
from ...process.cores import available_cores
from ...process.pool import ordered_map
from ...progress import progress
from ..avatar_attributes import label
from ..manifest import Entry, Manifest

if TYPE_CHECKING:
    from dicebear import Style

    from ...params import Download

NEEDED_BY = "download.source: avatars"
SIDE = 192
# Portraits are cut-outs; planets bring their own sky.
BACKGROUND = "#ffffff"
CHUNK = 32
FEWEST_FOR_WORKERS = 256


def definition(style: str) -> dict:
    """The style's definition, with its licence and creator under ``meta``.

    Raises:
        UserError: dicebear-styles is not installed.
    """
    require("dicebear_styles", "dicebear-styles", NEEDED_BY)
    return json.loads(files("dicebear_styles").joinpath(f"{style}.json").read_text("utf-8"))


@lru_cache(maxsize=2)
def _style(style: str) -> Style:
    return require("dicebear", "dicebear-core", NEEDED_BY).Style(definition(style))


def draw(style: str, text: str) -> tuple[bytes, str]:
    """The drawing that ``text`` seeds, as a 192×192 PNG without transparent parts, and its label.

    The label names the variant of each attribute, as ``avatar_attributes`` has it.

    Raises:
        UserError: dicebear-core, dicebear-styles or resvg-py is not installed.
    """
    dicebear = require("dicebear", "dicebear-core", NEEDED_BY)
    resvg = require("resvg_py", "resvg-py", NEEDED_BY)
    made = dicebear.Avatar(_style(style), {"seed": text, "size": SIDE}).to_json()
    svg, chosen = made["svg"], made["options"]
    content = resvg.svg_to_bytes(svg_string=svg, background=BACKGROUND, skip_system_fonts=True)
    variants = {key.removesuffix("Variant"): chosen[key] for key in chosen}
    return bytes(content), label(style, variants)


def draw_some(style: str, seed: int, indices: range) -> list[tuple[bytes, str]]:
    """The drawings of these indices and their labels: one task of a worker."""
    return [draw(style, f"{seed}-{index}") for index in indices]


def fill(folder: Path, params: Download, downloads: Path) -> Manifest:
    """Write ``count`` drawings as ``folder/images/*.png`` and their ``ATTRIBUTION.txt``.

    Drawing i depends on style, seed and i alone: a larger count keeps the earlier ones.

    Raises:
        UserError: dicebear-core, dicebear-styles or resvg-py is not installed.
    """
    count, seed, style = params.count, params.seed, params.style
    meta = definition(style)["meta"]
    licence = f"{meta['license']['name']} ({meta['license']['url']})"
    origin = f"style {style} of dicebear-styles {version('dicebear-styles')}"
    manifest = Manifest("avatars", licence, f"{origin}; {meta['license']['text']}")
    (folder / "images").mkdir()
    chunks = [range(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK)]
    # Drawn once here, so that a missing package is told of before any worker starts.
    draw(style, f"{seed}-0")
    workers = min(available_cores(), len(chunks)) if count >= FEWEST_FOR_WORKERS else 1
    with progress("avatars", count, "drawings") as bar:
        for drawings in ordered_map(partial(draw_some, style, seed), chunks, workers):
            for content, named in drawings:
                index = len(manifest.files)
                name = f"images/{style}_{index:06d}.png"
                (folder / name).write_bytes(content)
                digest = hashlib.sha256(content).hexdigest()
                manifest.files.append(Entry(name, digest, f"seed {seed}-{index}", label=named))
            bar.advance(len(drawings))
    (folder / "ATTRIBUTION.txt").write_text(_attribution(meta, origin), encoding="utf-8")
    return manifest


def _attribution(meta: dict, origin: str) -> str:
    return (
        f"{meta['license']['text']}\n\n"
        f"Source: {meta['source']['name']} ({meta['source']['url']})\n"
        f"Creator: {meta['creator']['name']} ({meta['creator']['url']})\n"
        f"Licence: {meta['license']['name']} ({meta['license']['url']})\n"
        f"Drawn from {origin} with dicebear-core {version('dicebear-core')} "
        f"and resvg-py {version('resvg-py')}.\n"
    )
