"""Every setting of the pipeline, typed and checked."""

from .images import Clean, Download, Normalize, Resize
from .load import load_params
from .networks import Model
from .results import Fidelity, Gif, Parzen, Sample
from .schema import Params
from .sizes import parse_size, size_name
from .training import Objective, Stabilise, Train, Watch

__all__ = [
    "Clean",
    "Download",
    "Fidelity",
    "Gif",
    "Model",
    "Normalize",
    "Objective",
    "Params",
    "Parzen",
    "Resize",
    "Sample",
    "Stabilise",
    "Train",
    "Watch",
    "load_params",
    "parse_size",
    "size_name",
]
