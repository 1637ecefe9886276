"""The typed schema: every setting with its meaning, unit and range.

The values in use are those of ``params.yaml``, which names every setting; nothing has a
hidden default here, so a run's record is complete.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

SMALLEST_SIDE = 16
LARGEST_SIDE = 1024


def _not_a_bool(value: object) -> object:
    """YAML's ``true`` is no number, though Python would count it as 1."""
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")
    return value


Whole = Annotated[int, BeforeValidator(_not_a_bool)]
Real = Annotated[float, BeforeValidator(_not_a_bool)]
Seed = Annotated[Whole, Field(ge=0, le=2**31 - 1)]


class Section(BaseModel):
    """A group of settings: unknown keys refused, values fixed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Download(Section):
    source: Literal["earth", "avatars", "folder", "archive"]
    """Where images come from."""
    count: Annotated[Whole, Field(ge=16, le=10_000_000)]
    """Images to make; earth and avatars only."""
    path: Annotated[str, Field(min_length=1)]
    """The images' folder (folder), or a local zip or tar (archive)."""
    url: str
    """Address of a zip or tar (archive); wins over ``path`` when not empty."""
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
    """Expected hash of the archive; required with ``url``, checked whenever given."""
    style: Literal["open-peeps", "planets"]
    """Drawing style; avatars only."""
    seed: Seed
    """Which crops or drawings are made."""

    @model_validator(mode="after")
    def _url_needs_a_hash(self) -> Download:
        if self.source == "archive" and self.url and not self.sha256:
            raise ValueError(
                "url is given without sha256; name the archive's sha256, 64 hex digits"
            )
        return self


class Resize(Section):
    channels: Literal[1, 3]
    """Colour channels: 3 (RGB) or 1 (grey)."""
    filter: Literal["bicubic", "lanczos", "bilinear", "box"]
    """Resampling filter; always antialiased."""
    background: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
    """Colour put behind transparent images, as #rrggbb."""


class Normalize(Section):
    validation: Annotated[Real, Field(ge=0.01, le=0.45)]
    """Share of images that choose the best snapshot and the Parzen bandwidth."""
    test: Annotated[Real, Field(ge=0.01, le=0.45)]
    """Share of images that the final scores are measured on."""
    dtype: Literal["uint8", "float16", "float32"]
    """How values of [-1,1] are stored; uint8 codes are exact and smallest."""


class Model(Section):
    latent: Annotated[Whole, Field(ge=1, le=4096)]
    """Length of the latent vector z."""
    ngf: Annotated[Whole, Field(ge=1, le=1024)]
    """Generator width: channels of its last hidden layer."""
    ndf: Annotated[Whole, Field(ge=1, le=1024)]
    """Discriminator width: channels of its first layer."""
    upsampling: Literal["bilinear", "transposed"]
    """How the generator doubles sides: without a checkerboard, or as the DCGAN paper does."""


class Train(Section):
    epochs: Annotated[Whole, Field(ge=1, le=100_000)]
    """Passes over the training split."""
    batch_size: Annotated[Whole, Field(ge=2, le=65_536)]
    """Real images a step."""
    lr: Annotated[Real, Field(gt=0, le=1)]
    """AdamW's learning rate, both networks."""
    decay_from: Annotated[Real, Field(ge=0, le=1)]
    """Share of the training after which lr falls linearly towards 0; 1 keeps it constant."""
    beta1: Annotated[Real, Field(ge=0, lt=1)]
    """AdamW's first moment decay."""
    beta2: Annotated[Real, Field(ge=0, lt=1)]
    """AdamW's second moment decay."""
    eps: Annotated[Real, Field(gt=0, le=0.1)]
    """AdamW's denominator floor."""
    weight_decay: Annotated[Real, Field(ge=0, le=1)]
    """AdamW's decoupled weight decay."""
    n_dis: Annotated[Whole, Field(ge=1, le=100)]
    """Discriminator updates for one generator update."""
    r1_gamma: Annotated[Real, Field(ge=0, le=1000)]
    """Weight of the R1 gradient penalty on real images; 0 turns it off."""
    r1_every: Annotated[Whole, Field(ge=1, le=1000)]
    """Discriminator updates between two penalties, each weighted that many times."""
    ema_decay: Annotated[Real, Field(ge=0, lt=1)]
    """Averaging of the generator's weights over steps; 0 turns it off."""
    flip: bool
    """Mirror half of the real images left to right."""
    precision: Literal["fp32", "bf16"]
    """Arithmetic of the networks; bf16 is autocast, weights stay fp32."""
    snapshot_every: Annotated[Whole, Field(ge=1, le=100_000)]
    """Epochs between kept generators; the first and the last are always kept."""
    log_every: Annotated[Whole, Field(ge=1, le=1_000_000)]
    """Steps between rows of the history."""
    seed: Seed
    """Initial weights, latents, order and mirroring of images."""


class Sample(Section):
    rows: Annotated[Whole, Field(ge=1, le=64)]
    """Rows of the sample sheet."""
    columns: Annotated[Whole, Field(ge=1, le=64)]
    """Columns of the sample sheet."""
    steps: Annotated[Whole, Field(ge=2, le=1000)]
    """Frames of each leg of the interpolation GIF."""
    seed: Seed
    """Which latents are drawn."""


class Gif(Section):
    rows: Annotated[Whole, Field(ge=1, le=16)]
    """Rows of the grid in each frame."""
    columns: Annotated[Whole, Field(ge=1, le=16)]
    """Columns of the grid in each frame."""
    frame_ms: Annotated[Whole, Field(ge=20, le=10_000)]
    """How long a frame is shown, in milliseconds."""


class Parzen(Section):
    centers: Annotated[Whole, Field(ge=2, le=1_000_000)]
    """Generated images that the density is built on."""
    sigma_points: Annotated[Whole, Field(ge=1, le=1_000_000)]
    """Validation images that choose the bandwidth, at most."""
    test_points: Annotated[Whole, Field(ge=2, le=1_000_000)]
    """Test images scored, at most."""
    sigma_min: Annotated[Real, Field(gt=0, le=100)]
    """Smallest bandwidth tried, for pixels in [0,1]."""
    sigma_max: Annotated[Real, Field(gt=0, le=100)]
    """Largest bandwidth tried."""
    sigma_steps: Annotated[Whole, Field(ge=1, le=1000)]
    """Bandwidths tried, evenly spaced in their logarithm."""
    seed: Seed
    """Which latents are drawn."""

    @model_validator(mode="after")
    def _ordered(self) -> Parzen:
        if self.sigma_min > self.sigma_max:
            raise ValueError(f"sigma_min ({self.sigma_min}) is above sigma_max ({self.sigma_max})")
        return self


class Fidelity(Section):
    extractor: Literal["efficientnet-lite0"]
    """Feature extractor."""
    samples: Annotated[Whole, Field(ge=16, le=1_000_000)]
    """Generated images scored for each snapshot, and real images at most."""
    neighbors: Annotated[Whole, Field(ge=1, le=100)]
    """k of precision, recall, density and coverage."""
    criterion: Literal["fd", "kid"]
    """The score whose lowest value, on the validation split, names the best snapshot."""
    seed: Seed
    """Which latents are drawn."""


SIZE = re.compile(r"^([1-9]\d*)(?:x([1-9]\d*))?$")


def parse_size(size: str) -> tuple[int, int]:
    """``"64"`` → (64, 64) and ``"157x128"`` → (157, 128): height first.

    Raises:
        ValueError: not of that form, a side out of range, or not the shortest spelling.
    """
    match = SIZE.match(size)
    if not match:
        raise ValueError('must be "N" or "HEIGHTxWIDTH", such as "64" or "157x128"')
    height, width = int(match[1]), int(match[2] or match[1])
    if match[2] and height == width:
        raise ValueError(f'write "{height}" for a square')
    if not all(SMALLEST_SIDE <= side <= LARGEST_SIDE for side in (height, width)):
        raise ValueError(f"each side must be from {SMALLEST_SIDE} to {LARGEST_SIDE}")
    return height, width


class Params(Section):
    """Everything a user may change: one section a stage, and the sizes to run."""

    sizes: Annotated[list[str], Field(min_length=1)]
    """Image sizes, height × width; each is a branch of the pipeline."""
    download: Download
    resize: Resize
    normalize: Normalize
    model: Model
    train: Train
    sample: Sample
    gif: Gif
    parzen: Parzen
    fidelity: Fidelity

    @field_validator("sizes", mode="before")
    @classmethod
    def _sizes_as_text(cls, value: object) -> object:
        if not isinstance(value, list):
            raise ValueError('must be a list, such as ["64", "157x128"]')
        return [str(size) if isinstance(size, int) else size for size in value]

    @field_validator("sizes")
    @classmethod
    def _sizes_possible(cls, sizes: list[str]) -> list[str]:
        for size in sizes:
            try:
                parse_size(size)
            except ValueError as error:
                raise ValueError(f'size "{size}": {error}') from error
        if len(set(sizes)) < len(sizes):
            raise ValueError("a size is named twice")
        return sizes

    @model_validator(mode="after")
    def _room_for_training(self) -> Params:
        held_out = self.normalize.validation + self.normalize.test
        if held_out > 0.8:
            raise ValueError(
                f"normalize.validation + normalize.test = {held_out:g} leaves too little to train "
                "on; keep their sum at 0.8 or less"
            )
        return self
