"""The record of a run: what it did, where, and how fast."""

import torch

from ...device.base import Device
from ...device.distributed import World
from ...params import Objective, Train
from ..objective.losses import loss_range, output_of, undecided_output


def place(device: Device, world: World, execution: str) -> dict:
    """Where a training runs, as far as its bits may depend on it."""
    return {
        "device": device.describe(),
        "execution": execution,
        "processes": world.count,
        "machines": world.count // world.local_count,
        # Its own class of text is not one that a state may hold.
        "torch": str(torch.__version__),
    }


def run_record(
    settings: Train,
    objective: Objective,
    size: str,
    device: Device,
    world: World,
    *,
    execution: str,
    ran_on: list[dict],
    watch: list[dict],
    epochs: int,
    steps: int,
    images: int,
    seconds: float,
) -> dict:
    """What ``run.json`` holds. Device and memory, in bytes, are the first rank's.

    How to read the history stands there as :func:`_reading` gives it. ``ran_on`` lists every place
    of the training in turn, each with the step from which on it ran there; what stands beside it is
    the last one's. ``watch`` is what the watch said, in order: ``step``, ``words``, and ``advice``
    or nothing.
    """
    return {
        "schema": 1,
        "size": size,
        **place(device, world, execution),
        "ran_on": ran_on,
        "precision": settings.precision,
        **_reading(objective),
        "watch": watch,
        "epochs": epochs,
        "steps": steps,
        "images": images,
        "seconds": round(seconds, 3),
        "img_per_s": round(images / max(seconds, 1e-9), 1),
        "peak_memory_bytes": device.peak_memory(),
    }


def _reading(objective: Objective) -> dict:
    """How to read the history.

    ``loss`` is the loss's name; ``equilibrium`` has Loss_D, Loss_G and D's output where D cannot
    tell fakes from real images; ``floor`` the lowest Loss_D; ``output`` what D's outputs are, and
    between what bounds they lie. Each is null where the loss says nothing of it.
    """
    known, output = loss_range(objective), output_of(objective)
    lowest, highest = output.range
    return {
        "loss": f"relativistic {objective.loss}" if objective.relativistic else objective.loss,
        "equilibrium": {
            "loss_d": known.loss_d if known else None,
            "loss_g": known.loss_g if known else None,
            "output": undecided_output(objective),
        },
        "floor": {"loss_d": known.floor if known else None},
        "output": {
            "name": output.name,
            "note": output.note,
            "lowest": lowest,
            "highest": highest,
        },
    }
