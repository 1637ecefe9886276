"""Keys of sizes that are no longer asked for: out of DVC's sight, and back when they are wanted.

For DVC the summary depends on the whole folder of keys. A key left there for a size that has been
taken out of params.yaml would be missing in every clone, and make its summary look out of date.
"""

from __future__ import annotations

import os
from pathlib import Path

from ..files import move, remove
from ..params import Params
from .keys import KEYS, key_folder
from .own_files import STATE
from .table import all_results

PARKED = f"{STATE}/keys"


def park(params: Params, root: Path | str = ".") -> None:
    """Take every key folder out of KEYS that belongs to no stage and size of the settings."""
    root = Path(root)
    wanted = {Path(folder).name for folder in _folders(params)}
    for folder in (root / KEYS).glob("*"):
        if folder.name not in wanted:
            move(folder, root / PARKED / folder.name)


def unpark(params: Params, keys: dict[str, str], root: Path | str = ".") -> None:
    """Put back the key folders of the settings' sizes whose key is the present one.

    Args:
        params: the settings; their ``sizes`` are wanted back.
        keys: of every stage, by name.
        root: the project's root, which holds both places.
    """
    root = Path(root)
    for folder, name in _folders(params).items():
        parked = root / PARKED / Path(folder).name
        if (root / folder).exists():
            remove(parked)
        elif parked.is_dir() and os.listdir(parked) == [keys[name]]:
            move(parked, root / folder)


def _folders(params: Params) -> dict[str, str]:
    """Key folders of the settings' stages and sizes, with the stage's name."""
    return {key_folder(stage, size): stage.name for stage, size in all_results(params)}
