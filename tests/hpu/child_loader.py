"""A training whose images come through the emulated HabanaDataLoader."""

import tempfile
from pathlib import Path

import numpy as np
import torch
from emulated import answer
from settings import ROOT, TINY

from dcgan_core.data.batches_habana import HabanaBatches
from dcgan_core.data.pack import Pack
from dcgan_core.device import resolve
from dcgan_core.errors import UserError
from dcgan_core.params import load_params
from dcgan_core.train.loop import train_rounds
from dcgan_core.train.run import Run

SETTINGS = {**TINY, "train.epochs": 1, "train.loader": "habana", "train.flip": False}


def smooth_pack(path: Path) -> None:
    """24 pictures that JPEG changes little: one colour each."""
    colours = np.random.default_rng(0).integers(0, 256, (24, 1, 1, 3), dtype=np.uint8)
    np.save(path, np.ascontiguousarray(np.broadcast_to(colours, (24, 16, 16, 3))))


def worst_match(batches: HabanaBatches, path: Path) -> float:
    """Largest distance from an image of an epoch to the nearest of the pack, in codes."""
    with Pack(path) as pack:
        codes = torch.from_numpy(pack.read(np.arange(len(pack)))).float().permute(0, 3, 1, 2)
    seen = torch.cat([batches.batch(0, index).cpu() for index in range(len(batches))])
    seen = (seen + 1) * 127.5
    apart = (seen[:, None] - codes[None]).abs().amax(dim=(2, 3, 4))
    return apart.min(dim=1).values.max().item()


def main() -> dict:
    params = load_params(ROOT / "params.yaml", SETTINGS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.npy"
        smooth_pack(path)
        try:
            run = Run(params, "16", resolve("hpu"), path, Path(folder) / "work")
        except UserError as error:
            return {"refusal": str(error)}
        worst = worst_match(run.batches, path)
        train_rounds(run, stop=False)
        place = run.batches.batch(0, 0).device.type
        return {"worst": worst, "steps": run.position.step, "device": place}


answer(main())
