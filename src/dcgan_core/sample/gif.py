"""Animated GIFs with one palette for all frames: fast to write, steady to look at."""

from pathlib import Path

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
    with writing(target) as part:
        pictures[0].save(
            part,
            format="GIF",
            save_all=True,
            append_images=pictures[1:],
            duration=durations(len(frames), frame_ms, hold_last),
            loop=0,
            optimize=False,
        )


def check_frames(frames: list[np.ndarray]) -> None:
    """Refuse what makes no film.

    Raises:
        ValueError: no frames, or of different shapes.
    """
    if not frames or len({frame.shape for frame in frames}) != 1:
        raise ValueError("a film needs at least one frame, and all of one shape")


def durations(count: int, frame_ms: int, hold_last: int) -> list[int]:
    """How long each of ``count`` frames is shown, in milliseconds."""
    return [frame_ms] * (count - 1) + [frame_ms * hold_last]
