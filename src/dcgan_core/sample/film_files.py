"""Films as files for a screen: WebP, MP4 or GIF.

A GIF has 256 colours for all frames; WebP and MP4 have them all, and MP4 is what other programs
and sites take.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import numpy as np

from ..errors import UserError
from ..files import writing
from ..optional import require
from .gif import check_frames, save_frames, write_gif
from .grid import BACKGROUND, to_picture

QUALITY = 90
"""Of WebP, 0 to 100: above it files grow fast and look the same."""
CRF = 18
"""Of H.264, 0 (lossless) to 51: commonly held to look like the original."""
BT709 = 1
"""HD video's colours in ITU-T H.273, where players of today look first."""
STUDIO_RANGE = 1
"""Codes 16 to 235, which every player reads; FFmpeg's AVCOL_RANGE_MPEG."""
LARGEST = {"gif": 65_535, "webp": 16_383, "mp4": 16_384}
"""Pixels of a side that a format or its encoder allows."""


def write_film(
    target: Path, frames: list[np.ndarray], form: str, frame_ms: int, hold_last: int = 1
) -> None:
    """Write frames as a film. GIF and WebP loop for ever; MP4 is played as the player is set.

    Args:
        target: the file to write.
        frames: uint8 H×W×C of one or three channels, all of one shape, at least one.
        form: a key of WRITERS, whatever ``target`` ends in.
        frame_ms: how long each is shown, in milliseconds.
        hold_last: how many times as long the last one stays.

    Raises:
        ValueError: no frames, or of different shapes.
        UserError: they are too large for the format, the file cannot be written, or MP4 is asked
            for without the package av.
    """
    check_frames(frames)
    height, width = frames[0].shape[:2]
    if max(height, width) > LARGEST[form]:
        raise UserError(
            f"{target}: would be {width} pixels wide and {height} high, and {form} allows "
            f"{LARGEST[form]}: choose fewer rows or columns."
        )
    WRITERS[form](target, frames, frame_ms, hold_last)


def require_av() -> ModuleType:
    """The package that writes MP4.

    Raises:
        UserError: it is not installed.
    """
    remedy = "Run: pip install av, or take --format webp."
    return require("av", "av", "--format mp4", remedy)


def _write_webp(target: Path, frames: list[np.ndarray], frame_ms: int, hold_last: int) -> None:
    pictures = [to_picture(frame).convert("RGB") for frame in frames]
    save_frames(target, pictures, frame_ms, hold_last, format="WEBP", quality=QUALITY, method=4)


def _write_mp4(target: Path, frames: list[np.ndarray], frame_ms: int, hold_last: int) -> None:
    av = require_av()
    shown = [*frames, *frames[-1:] * (hold_last - 1)]
    with (
        writing(target) as part,
        # From the root on, or FFmpeg would take what stands before a colon for a protocol. The
        # index goes to the front ("faststart"), so that a page shows the film while it loads.
        av.open(
            str(part.absolute()), "w", format="mp4", options={"movflags": "+faststart"}
        ) as film,
    ):
        rate = Fraction(1000, frame_ms)
        stream = film.add_stream("libx264", rate=rate, options={"crf": str(CRF)})
        stream.height, stream.width = even(frames[0]).shape[:2]
        stream.pix_fmt = "yuv420p"
        codec = stream.codec_context
        codec.color_primaries = codec.color_trc = codec.colorspace = BT709
        codec.color_range = STUDIO_RANGE
        for frame in shown:
            film.mux(stream.encode(_as_video(av, even(frame))))
        film.mux(stream.encode(None))


def even(frame: np.ndarray) -> np.ndarray:
    """uint8 H×W×C with a row or column of background more where a side is odd.

    yuv420p has one colour for two by two pixels.
    """
    height, width = frame.shape[:2]
    sides = ((0, height % 2), (0, width % 2), (0, 0))
    return np.pad(frame, sides, constant_values=BACKGROUND)


def _as_video(av: ModuleType, frame: np.ndarray):
    rgb = np.ascontiguousarray(np.broadcast_to(frame, (*frame.shape[:2], 3)))
    video = av.VideoFrame.from_ndarray(rgb, format="rgb24")
    # By area, so that the colours of enlarged pixels stay inside them.
    return video.reformat(
        format="yuv420p",
        dst_colorspace="ITU709",
        dst_color_range="MPEG",
        interpolation="AREA",
    )


WRITERS: dict[str, Callable[[Path, list[np.ndarray], int, int], None]] = {
    "webp": _write_webp,
    "mp4": _write_mp4,
    "gif": write_gif,
}
