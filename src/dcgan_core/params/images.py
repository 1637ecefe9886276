"""Settings of the stages that make the data: download, resize, normalize."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from .fields import OwnPath, Real, Section, Seed, Sha256, Whole
from .sources import SOURCES, SourceName


class Download(Section):
    """Where the images come from."""

    source: SourceName
    """Where images come from."""
    count: Annotated[Whole, Field(ge=16, le=10_000_000)]
    """Images to make (earth, avatars, digits), or to take at most of a published dataset, at
    random; folder and archive are taken whole."""
    path: Annotated[OwnPath, Field(min_length=1)]
    """The images' folder (folder), a local zip or tar (archive), or where an own copy of a
    published dataset lies, which is used before any download (of MNIST also by digits)."""
    url: str
    """Address of a zip or tar (archive); wins over ``path`` when not empty."""
    sha256: Sha256
    """Expected hash of the archive; required with ``url``, checked whenever given."""
    style: Literal["open-peeps", "planets"]
    """Drawing style; avatars only."""
    seed: Seed
    """Which crops, drawings or digits are made, or images of a published dataset taken."""

    def used(self) -> dict[str, Any]:
        """``source`` and the settings that shape what it makes, by name; the rest is idle."""
        return {name: getattr(self, name) for name in ("source", *SOURCES[self.source].reads)}

    @model_validator(mode="after")
    def _url_needs_a_hash(self) -> Download:
        if self.source == "archive" and self.url and not self.sha256:
            raise ValueError(
                "url is given without sha256; name the archive's sha256, 64 hex digits"
            )
        return self


class Resize(Section):
    """How images are made one size and colour model."""

    channels: Literal[1, 3, 4]
    """Channels: 3 (RGB), 1 (grey) or 4 (RGB and alpha, which keeps transparency)."""
    filter: Literal["bicubic", "lanczos", "bilinear", "box"]
    """Resampling filter; always antialiased."""
    background: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
    """Colour behind transparent images, as #rrggbb; with 4 channels scores alone put it there."""
    draft: bool
    """Decode JPEGs of four times the size and more at a half, a quarter or an eighth of their
    sides, which is faster and less exact: by .2 to .5 codes of 255 in the mean of photographs (1.8
    with the filter box) and 10 at most, in stripes of a few pixels by 1.7 in the mean. With a check
    of ``clean`` on they are decoded whole."""


class Clean(Section):
    """Which images are dropped; files that cannot be read always are."""

    min_side: Annotated[Whole, Field(ge=0, le=100_000)]
    """Drop images whose shorter side has fewer pixels than this; 0 keeps all."""
    max_aspect: Annotated[Real, Field(ge=0, le=1000)]
    """Drop images whose longer side is more than this many times the shorter; 0 keeps all."""
    min_contrast: Annotated[Real, Field(ge=0, le=128)]
    """Drop flat images: standard deviation of grey levels below this; 0 keeps all."""
    min_entropy: Annotated[Real, Field(ge=0, le=8)]
    """Drop images whose grey levels' histogram has fewer bits of entropy; 0 keeps all."""
    max_entropy: Annotated[Real, Field(ge=0, le=8)]
    """Drop images with more bits of entropy than this (noise); 0 keeps all."""
    exact_duplicates: bool
    """Drop all but the first of images with the same pixels."""
    near_duplicates: Annotated[Whole, Field(ge=0, le=64)]
    """Drop images whose perceptual hash differs in at most this many of 64 bits from an earlier
    one of like colour; 0 keeps all."""


class Normalize(Section):
    """How images are split and stored for training."""

    validation: Annotated[Real, Field(ge=0.01, le=0.45)]
    """Share of images that choose the best snapshot and the Parzen bandwidth."""
    test: Annotated[Real, Field(ge=0.01, le=0.45)]
    """Share of images that the final scores are measured on."""
    new_places: Annotated[Real, Field(ge=0, le=0.45)]
    """Share of images held out as whole groups (blocks of a map, street sequences), where the
    source has groups; a second set of scores says how the model does there. 0 holds out none."""
    dtype: Literal["uint8", "float16", "float32"]
    """How values of [-1,1] are stored; uint8 codes are exact and smallest."""
