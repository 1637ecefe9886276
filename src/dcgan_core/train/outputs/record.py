"""The record of a run: what it did, where, and how fast."""

import torch

from ...device import Device
from ...device.distributed import World
from ...params import Train


def run_record(
    settings: Train,
    size: str,
    device: Device,
    world: World,
    *,
    epochs: int,
    steps: int,
    images: int,
    seconds: float,
) -> dict:
    """What ``run.json`` holds. Device and memory, in bytes, are the first rank's."""
    return {
        "schema": 1,
        "size": size,
        "device": device.describe(),
        "processes": world.count,
        "machines": world.count // world.local_count,
        "torch": torch.__version__,
        "precision": settings.precision,
        "epochs": epochs,
        "steps": steps,
        "images": images,
        "seconds": round(seconds, 3),
        "img_per_s": round(images / max(seconds, 1e-9), 1),
        "peak_memory_bytes": device.peak_memory(),
    }
