"""Every setting of the pipeline, typed and checked."""

from .load import load_params
from .schema import (
    Download,
    Fidelity,
    Gif,
    Model,
    Normalize,
    Params,
    Parzen,
    Resize,
    Sample,
    Train,
    parse_size,
)

__all__ = [
    "Download",
    "Fidelity",
    "Gif",
    "Model",
    "Normalize",
    "Params",
    "Parzen",
    "Resize",
    "Sample",
    "Train",
    "load_params",
    "parse_size",
]
