"""The typed schema: every setting with its meaning, unit and range.

The values in use are those of ``params.yaml``, which names every setting; nothing has a
hidden default here, so a run's record is complete. Sections live in the modules beside.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from ..errors import shown
from .fields import Section
from .images import Clean, Download, Normalize, Resize
from .networks import ACROSS_BATCH, Model
from .results import Fidelity, Gif, Parzen, Sample
from .sizes import parse_size
from .sources import SOURCES
from .training import Objective, Stabilise, Train, Watch


class Params(Section):
    """Everything a user may change: one section a stage, and the sizes to run."""

    sizes: Annotated[list[str], Field(min_length=1)]
    """Image sizes, height × width; each is a branch of the pipeline."""
    download: Download
    clean: Clean
    resize: Resize
    normalize: Normalize
    model: Model
    train: Train
    objective: Objective
    stabilise: Stabilise
    watch: Watch
    sample: Sample
    gif: Gif
    parzen: Parzen
    fidelity: Fidelity

    @field_validator("sizes", mode="before")
    @classmethod
    def _sizes_as_text(cls, value: object) -> object:
        if not isinstance(value, list):
            raise ValueError('must be a list, such as ["64", "157x128"]')
        return [str(size) if type(size) is int and abs(size) < 10**9 else size for size in value]

    @field_validator("sizes")
    @classmethod
    def _sizes_possible(cls, sizes: list[str]) -> list[str]:
        for size in sizes:
            try:
                parse_size(size)
            except ValueError as error:
                raise ValueError(f'size "{shown(size)[1:-1]}": {error}') from error
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

    @model_validator(mode="after")
    def _penalty_needs_no_batch_norm(self) -> Params:
        if self.objective.gradient_penalty > 0 and self.model.norm_d in ACROSS_BATCH:
            raise ValueError(
                f"objective.gradient_penalty needs a critic that sees each image alone; with "
                f"model.norm_d = {self.model.norm_d} it does not. Use layer, instance, spectral "
                "or none"
            )
        return self

    @model_validator(mode="after")
    def _classes_need_labels(self) -> Params:
        if not self.model.conditional:
            return self
        source = self.download.source
        if not SOURCES[source].labels:
            labelled = ", ".join(name for name, one in SOURCES.items() if one.labels)
            raise ValueError(
                f"model.conditional needs images with labels, and download.source = {source} has "
                f"none. Set it to false, or choose a source that may have them: {labelled}"
            )
        if self.train.loader == "habana":
            raise ValueError(
                "model.conditional needs train.loader = pack; habana reads images without labels"
            )
        return self
