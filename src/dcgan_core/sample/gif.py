"""Animated GIFs with one palette for all frames: fast to write, steady to look at."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..files import writing
from .grid import to_picture

PALETTE_FRAMES = 16
"""Frames, evenly spread, that the palette is made from."""


def write_gif(target: Path, frames: list[np.ndarray], frame_ms: int, hold_last: int = 1) -> None:
    """Write frames that loop for ever.

    Args:
        target: the GIF to write.
        frames: uint8 H×W×C, all of one shape, at least one.
        frame_ms: how long each is shown, in milliseconds.
        hold_last: how many times as long the last one stays.

    Raises:
        ValueError: as :func:`check_frames`.
    """
    check_frames(frames)
    spread = np.linspace(0, len(frames) - 1, min(PALETTE_FRAMES, len(frames))).round().astype(int)
    sample = to_picture(np.concatenate([frames[i] for i in spread]))
    colours = sample.convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE)
    pictures = [
        to_picture(frame).convert("RGB").quantize(palette=colours, dither=Image.Dither.NONE)
        for frame in frames
    ]
    save_frames(target, pictures, frame_ms, hold_last, format="GIF", optimize=False)


def check_frames(frames: list[np.ndarray]) -> None:
    """Refuse what makes no film.

    Raises:
        ValueError: no frames, or of different shapes.
    """
    if not frames or len({frame.shape for frame in frames}) != 1:
        raise ValueError("a film needs at least one frame, and all of one shape")


def save_frames(
    target: Path, pictures: list[Image.Image], frame_ms: int, hold_last: int, **options: Any
) -> None:
    """Write pictures as one file that loops for ever, by Pillow.

    Args:
        target: the file to write.
        pictures: of one size, at least one.
        frame_ms: how long each is shown, in milliseconds.
        hold_last: how many times as long the last one stays.
        options: Pillow's, the format among them.
    """
    with writing(target) as part:
        pictures[0].save(
            part,
            save_all=True,
            append_images=pictures[1:],
            duration=[frame_ms] * (len(pictures) - 1) + [frame_ms * hold_last],
            loop=0,
            **options,
        )
