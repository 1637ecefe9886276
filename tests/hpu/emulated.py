"""What the child processes share: small trainings on a device, and what the ledger says of them."""

import json
from contextlib import contextmanager

import hpu_emulator
import torch
from settings import ROOT, TINY
from train.steppers import reals

from dcgan_core.device import resolve
from dcgan_core.device.base import Device
from dcgan_core.nets import Classes, build_networks
from dcgan_core.params import load_params
from dcgan_core.train.execution.step_result import Batch, StepResult
from dcgan_core.train.step import Stepper


def stepper(device: Device | str, settings: dict | None = None) -> Stepper:
    """A fresh stepper with tiny settings; the same weights and latents on every device."""
    params = load_params(ROOT / "params.yaml", {**TINY, **(settings or {})})
    if isinstance(device, str):
        device = resolve(device, threads=1)
    rng = torch.Generator().manual_seed(0)
    classes = Classes(("cat", "dog"), (5, 3)) if params.model.conditional else Classes()
    return Stepper(*build_networks(params, "16", classes=classes), params, device, rng)


def real(training: Stepper, index: int) -> Batch:
    """The real batch of a step, on the training's device."""
    images = reals(index).to(training.device.device)
    if not training.generator.classes:
        return images
    return images, training.generator.classes.first(len(images)).to(training.device.device)


def run_steps(training: Stepper, steps: int) -> list[StepResult]:
    """The next steps, nothing of which is read."""
    return [training.step(lambda: real(training, training.steps)) for _ in range(steps)]


def train(training: Stepper, steps: int) -> list[list[float]]:
    """Loss_D and Loss_G of the next steps, read when all of them are done."""
    records = run_steps(training, steps)
    return [[record.loss_d.item(), record.loss_g.item()] for record in records]


def largest_difference(some: list[list[float]], others: list[list[float]]) -> float:
    """Between two lists of losses."""
    return (torch.tensor(some) - torch.tensor(others)).abs().max().item()


@contextmanager
def counted(counts: dict):
    """Put into ``counts`` what the emulated device did meanwhile."""
    before = hpu_emulator.counters()
    marks = hpu_emulator.calls["mark_step"]
    yield
    after = hpu_emulator.counters()
    counts.update({name: after[name] - before[name] for name in after})
    counts["longest_graph"] = after["longest_graph"]
    counts["mark_step_calls"] = hpu_emulator.calls["mark_step"] - marks


def answer(found: dict) -> None:
    """Hand the results to the test."""
    print(json.dumps(found))
