"""Steps under one execution and another: settings that differ in kind, and what they give."""

import torch
from settings import ROOT
from torch import Tensor
from train.steppers import reals

from dcgan_core.device.base import Device
from dcgan_core.nets import Classes, build_networks
from dcgan_core.params import load_params
from dcgan_core.train.execution.step_result import Batch
from dcgan_core.train.step import Stepper

SMALL = {
    "sizes": ["16"],
    "model.latent": 8,
    "model.ngf": 4,
    "model.ndf": 4,
    "train.batch_size": 8,
    "train.lr": 0.01,
}
# A CPU draws what a GPU draws for itself from the same generator as what the host draws, in another
# order where the latter is drawn first. So no noise inputs beside host's draws.
QUIET = {"model.noise_inputs": False}
SETTINGS = {
    "as shipped": {},
    "two updates, each on its batch": {
        "objective.relativistic": False,
        "model.norm_d": "batch",
        "train.n_dis": 2,
        "objective.penalty_every": 3,
        "train.clip_gradients": 1,
    },
    "augmented, of classes, two updates on one batch": {
        **QUIET,
        "model.conditional": True,
        "download.source": "folder",
        "stabilise.augment": "diffaugment",
        "train.n_dis": 2,
        "train.n_dis_batch": "same",
        "train.fakes": "fresh",
    },
    "flipped labels, spectral norm, bf16": {
        **QUIET,
        "objective.relativistic": False,
        "objective.label_flip": 0.2,
        "objective.feature_matching": 0.5,
        "model.norm_g": "spectral+batch",
        "train.precision": "bf16",
    },
    "Wasserstein with a penalty": {
        **QUIET,
        "objective.loss": "wasserstein",
        "objective.relativistic": False,
        "objective.gradient_penalty": 10,
        "objective.r1_gamma": 0,
        "objective.r2_gamma": 0,
    },
    "grey, noise, dropout, renorm, no average": {
        "resize.channels": 1,
        "stabilise.noise": 0.1,
        "model.dropout": 0.2,
        "model.norm_g": "renorm",
        "train.ema_decay": 0,
    },
}


def make(device: Device, settings: dict) -> Stepper:
    params = load_params(ROOT / "params.yaml", {**SMALL, "train.execution": "eager", **settings})
    classes = Classes(("cat", "dog"), (5, 3)) if params.model.conditional else Classes()
    networks = build_networks(params, "16", classes=classes)
    return Stepper(*networks, params, device, torch.Generator().manual_seed(0))


def real(stepper: Stepper, index: int) -> Batch:
    where = stepper.device.device
    images = (
        reals(index)[:, : stepper.generator.channels]
        .contiguous(memory_format=torch.channels_last)
        .to(where)
    )
    classes = ((torch.arange(8) + index) % 2).to(where)
    return (images, classes) if stepper.generator.classes else images


def run(stepper: Stepper, steps: int) -> list[list[float]]:
    """The statistics of the next steps, at falling learning rates."""
    found = []
    for _ in range(steps):
        step = stepper.steps
        stepper.set_lr(1 / (1 + step / 20))
        asked = iter(range(step * 10, step * 10 + 10))
        result = stepper.step(lambda asked=asked: real(stepper, next(asked)))
        found.append([value.item() for value in result.statistics().values()])
    return found


def tensors(state: dict) -> list[Tensor]:
    values = [value for value in state.values() if value is not None]
    inner = [value for value in values if isinstance(value, dict)]
    return [v for v in values if isinstance(v, Tensor)] + [t for v in inner for t in tensors(v)]


def same_state(one: Stepper, other: Stepper) -> bool:
    mine, theirs = tensors(one.state_dict()), tensors(other.state_dict())
    assert len(mine) == len(theirs) > 60
    return all(torch.equal(a, b) for a, b in zip(mine, theirs, strict=True))
