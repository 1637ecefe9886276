"""Settings of the stages that show and score: sample, gif, parzen, fidelity."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from .fields import OwnPath, Real, Section, Seed, Sha256, Whole


class Sample(Section):
    """The sample sheet and the interpolation GIF."""

    rows: Annotated[Whole, Field(ge=1, le=64)]
    """Rows of the sample sheet."""
    columns: Annotated[Whole, Field(ge=1, le=64)]
    """Columns of the sample sheet."""
    steps: Annotated[Whole, Field(ge=2, le=1000)]
    """Frames of each leg of the interpolation GIF."""
    walk_stops: Annotated[Whole, Field(ge=2, le=64)]
    """Latents that each walk of the interpolation GIF goes through before it closes."""
    walk_rows: Annotated[Whole, Field(ge=1, le=16)]
    """Rows of walks in the interpolation GIF."""
    walk_columns: Annotated[Whole, Field(ge=1, le=16)]
    """Columns of walks in the interpolation GIF."""
    walk_frame_ms: Annotated[Whole, Field(ge=20, le=10_000)]
    """How long a frame of the interpolation GIF is shown, in milliseconds."""
    seed: Seed
    """Which latents are drawn."""


class Gif(Section):
    """The GIF of the same latents through training."""

    rows: Annotated[Whole, Field(ge=1, le=16)]
    """Rows of the grid in each frame."""
    columns: Annotated[Whole, Field(ge=1, le=16)]
    """Columns of the grid in each frame."""
    frame_ms: Annotated[Whole, Field(ge=20, le=10_000)]
    """How long a frame is shown, in milliseconds."""
    hold_last: Annotated[Whole, Field(ge=1, le=60)]
    """How many times as long the last frame stays; 1 is as long as the others."""


class Parzen(Section):
    """The Parzen-window log-likelihood of every snapshot."""

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
    """The scores of every snapshot against real images, and which one is best."""

    extractor: Literal["efficientnet-lite0", "inception", "onnx"]
    """Feature extractor; what each is for: docs/extractors.md."""
    extractor_path: OwnPath
    """The network's file (onnx), or a copy of Inception's published weights, which is fetched
    without one (inception)."""
    extractor_sha256: Sha256
    """Expected hash of the network's file; onnx only, and required there."""
    samples: Annotated[Whole, Field(ge=16, le=1_000_000)]
    """Generated images scored for each snapshot, and real images; as many as there are training
    images at most."""
    neighbors: Annotated[Whole, Field(ge=1, le=100)]
    """k of precision, density and coverage; at most a tenth of the images, but 5. Recall's is 5."""
    criterion: Literal["coverage", "kid", "fd"]
    """The score that names the best snapshot on validation images: the highest coverage, or the
    lowest of the others."""
    seed: Seed
    """Which latents are drawn."""

    @model_validator(mode="after")
    def _file_suits_extractor(self) -> Fidelity:
        if self.extractor == "onnx" and not (self.extractor_path and self.extractor_sha256):
            raise ValueError(
                "extractor = onnx needs extractor_path, the network's file, and extractor_sha256, "
                "its sha256, 64 hex digits (sha256sum FILE)"
            )
        if self.extractor != "onnx" and self.extractor_sha256:
            raise ValueError(
                f"extractor_sha256 is given, but {self.extractor} knows the hash of its weights; "
                "empty it"
            )
        if self.extractor == "efficientnet-lite0" and self.extractor_path:
            raise ValueError(
                "extractor_path is given, but efficientnet-lite0 brings its own weights; empty it, "
                "or choose the extractor inception or onnx"
            )
        return self

    @model_validator(mode="after")
    def _samples_have_neighbors(self) -> Fidelity:
        if self.samples <= self.neighbors:
            raise ValueError(
                f"samples ({self.samples}) must be more than neighbors ({self.neighbors})"
            )
        return self
