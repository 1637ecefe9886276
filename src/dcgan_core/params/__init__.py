"""Every setting of the pipeline, typed and checked.

Its names are loaded when they are asked for: recipes are read without the schema, which takes a
fifth of a second.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_MODULES = {
    "images": ("Clean", "Download", "Normalize", "Resize"),
    "load": ("load_params",),
    "networks": ("Model",),
    "results": ("Fidelity", "Gif", "Parzen", "Sample"),
    "schema": ("Params",),
    "sizes": ("parse_size", "size_name"),
    "training": ("Objective", "Stabilise", "Train", "Watch"),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f".{module}", __package__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
