"""Which snapshots a run has left."""

from pathlib import Path

from ..errors import UserError


def snapshot_paths(folder: Path) -> list[Path]:
    """The generators of a run, in training order.

    Raises:
        UserError: there are none.
    """
    # By length first: names have four digits, and more from epoch 10,000 on.
    found = folder.glob("epoch_*.safetensors")
    paths = sorted(found, key=lambda path: (len(path.name), path.name))
    if not paths:
        raise UserError(f"{folder}: no snapshots here. Run the train stage first.")
    return paths
