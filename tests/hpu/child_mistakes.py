"""Each known mistake made on purpose beside what this project does, under the same check.

For every name the answer holds what the check saw of ``ours`` and of ``wrong``.
"""

import sys
import tempfile
import warnings
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from emulated import answer, counted, largest_difference, real, run_steps, stepper, train
from habana_frameworks.torch.hpex.optimizers import FusedAdamW
from train.steppers import reals

from dcgan_core.data.batches import RealBatches
from dcgan_core.device import resolve
from dcgan_core.device.habana_loader import fell_back
from dcgan_core.errors import UserError
from dcgan_core.sample.sampler import to_codes
from dcgan_core.train.objective import losses
from dcgan_core.train.state.checkpoint import save_state

HPU = torch.device("hpu")


def error_of(action) -> str:
    """The error that ``action`` ends in, or an empty string."""
    try:
        action()
    except (RuntimeError, TypeError, IndexError, UserError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def cpu_batch() -> dict:
    training = stepper("hpu")
    return {
        "ours": error_of(lambda: training.step(lambda: real(training, 0))),
        "wrong": error_of(lambda: training.step(lambda: reals(0))),
    }


def cpu_label() -> dict:
    training = stepper("hpu")
    right = losses._labels

    def on_the_cpu(*arguments):
        return right(*arguments).cpu()

    ours = error_of(lambda: train(training, 1))
    with mock.patch.object(losses, "_labels", on_the_cpu):
        return {"ours": ours, "wrong": error_of(lambda: train(training, 1))}


def cpu_weight() -> dict:
    training = stepper("hpu")
    ours = error_of(lambda: train(training, 1))
    weight = next(training.discriminator.parameters())
    weight.data = weight.data.cpu()
    return {"ours": ours, "wrong": error_of(lambda: train(training, 1))}


def numpy_of_a_device_tensor() -> dict:
    images = reals(0).to(HPU)
    return {
        "ours": error_of(lambda: to_codes(images)),
        "wrong": error_of(lambda: images.permute(0, 2, 3, 1).numpy()),
    }


def partial_last_batch() -> dict:
    """Compilations after the first epoch of 20 images in batches of 8."""
    with tempfile.TemporaryDirectory() as folder:
        pack = Path(folder) / "train.npy"
        codes = np.random.default_rng(0).integers(0, 256, (20, 16, 16, 3), dtype=np.uint8)
        np.save(pack, codes)
        batches = RealBatches(pack, 8, 0, True, HPU)
        training = stepper("hpu", {"objective.r1_gamma": 0})
        ours, wrong = {}, {}
        for index in range(2):
            training.step(lambda index=index: batches.batch(0, index))
        with counted(ours):
            for index in range(len(batches)):
                training.step(lambda index=index: batches.batch(1, index))
        with counted(wrong):
            training.step(lambda: batches.batch(1, 1)[:4])
    return {"ours": ours["compilations"], "wrong": wrong["compilations"]}


def reading_every_step() -> dict:
    found = {}
    for name, read in (("ours", False), ("wrong", True)):
        training, seen = stepper("hpu"), {}
        with counted(seen):
            for _ in range(5):
                (record,) = run_steps(training, 1)
                if read:
                    record.loss_d.item()
        found[name] = seen["items"] + seen["copies_to_host"]
    return found


def no_mark_step() -> dict:
    """Operations in the largest graph of five steps with torch's own optimiser."""
    found = {}
    for name, marks in (("ours", True), ("wrong", False)):
        device, seen = resolve("hpu"), {}
        device.optimizer = lambda parameters, **options: torch.optim.AdamW(parameters, **options)
        if not marks:
            device.mark_step = lambda: None
        training = stepper(device)
        torch.hpu.synchronize()
        with counted(seen):
            run_steps(training, 5)
            torch.hpu.synchronize()
        found[name] = seen["longest_graph"]
    return found


def wrong_autocast_device() -> dict:
    found = {}
    for name in ("ours", "wrong"):
        device = resolve("hpu")
        if name == "wrong":
            device.autocast = lambda precision: torch.autocast("cpu", torch.bfloat16)
        training = stepper(device, {"train.precision": "bf16"})
        found[name] = str(training._fakes(2, None).dtype)
    return found


def checkpoint_on_the_device(folder: str) -> dict:
    """Writes both files; a process without an HPU reads them."""
    state = stepper("hpu").state_dict()
    save_state(Path(folder) / "ours.pt", state)
    torch.save(state, Path(folder) / "wrong.pt")
    return {}


def optimizer_argument() -> dict:
    layer = torch.nn.Linear(2, 2).to(HPU)
    given = {"lr": 0.1, "betas": (0.5, 0.9), "eps": 1e-8, "weight_decay": 0.2}
    device = resolve("hpu")
    return {
        "ours": error_of(lambda: device.optimizer(layer.parameters(), **given)),
        "wrong": error_of(lambda: FusedAdamW(layer.parameters(), fused=True, **given)),
    }


def optimizer_defaults() -> dict:
    """How far three updates are from torch's AdamW given the same settings."""
    settings = {"lr": 0.1, "betas": (0.5, 0.9), "eps": 1e-8, "weight_decay": 0.2}
    plain = _after_updates(lambda p: torch.optim.AdamW(p, **settings), "cpu")
    ours = _after_updates(lambda p: resolve("hpu").optimizer(p, **settings), "hpu")
    wrong = _after_updates(lambda p: FusedAdamW(p, lr=0.1, betas=(0.5, 0.9)), "hpu")
    return {"ours": (ours - plain).abs().max().item(), "wrong": (wrong - plain).abs().max().item()}


def _after_updates(build, device: str) -> torch.Tensor:
    weight = torch.nn.Parameter(torch.linspace(-1, 1, 6, device="cpu").to(device))
    optimizer = build([weight])
    for step in range(3):
        weight.grad = torch.linspace(0.5, 1.5 + step, 6).to(device)
        optimizer.step()
    return weight.detach().cpu()


def empty_group() -> dict:
    layer = torch.nn.Linear(2, 2).to(HPU)
    layer.weight.grad = torch.ones(2, 2).to(HPU)
    wrong = FusedAdamW([{"params": list(layer.parameters())}, {"params": []}])
    training = stepper("hpu")
    return {"ours": error_of(lambda: train(training, 1)), "wrong": error_of(wrong.step)}


def mark_step_in_eager_mode() -> dict:
    """Warnings of the bridge in a step; ours first."""
    import habana_frameworks.torch.core as core

    found = {}
    for name in ("ours", "wrong"):
        device = resolve("hpu")
        if name == "wrong":
            device.mark_step = core.mark_step
        training = stepper(device)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            train(training, 1)
        found[name] = sum("mark_step" in str(warning.message) for warning in told)
    return found


def float64_on_the_device() -> dict:
    features = torch.ones(4, 3).to(HPU)
    return {
        "ours": error_of(lambda: features.cpu().double()),
        "wrong": error_of(lambda: features.double()),
    }


def latents_from_the_device() -> dict:
    """How far the first losses are from the CPU's."""
    expected = train(stepper("cpu"), 2)
    ours = train(stepper("hpu"), 2)
    training = stepper("hpu")

    def drawn_there(count, classes):
        with training.autocast():
            return training.generator(torch.randn(count, 8, device=HPU))

    training._fakes = drawn_there
    return {
        "ours": largest_difference(ours, expected),
        "wrong": largest_difference(train(training, 2), expected),
    }


def unseeded_device() -> dict:
    """How far two runs with noise, which the device draws, are from one another."""
    found = {}
    for name in ("ours", "wrong"):
        device = resolve("hpu")
        if name == "wrong":
            device.seed = torch.manual_seed
        noisy = {"stabilise.noise": 0.5}
        runs = [train(stepper(device, noisy), 2) for _ in range(2)]
        found[name] = largest_difference(*runs)
    return found


def silent_loader() -> dict:
    """Whether each loader is seen to have fallen back."""
    from habana_dataloader import HabanaDataLoader
    from PIL import Image
    from torchvision import transforms
    from torchvision.datasets import ImageFolder

    scaled = [transforms.ToTensor(), transforms.Normalize([0.5] * 3, [0.5] * 3)]
    with tempfile.TemporaryDirectory() as folder:
        found = {}
        for name, ending, steps in (
            ("ours", "jpg", scaled),
            ("wrong files", "png", scaled),
            ("wrong transforms", "jpg", [transforms.RandomRotation(9), *scaled]),
        ):
            place = Path(folder) / name / "all"
            place.mkdir(parents=True)
            for index in range(3):
                Image.new("RGB", (16, 16)).save(place / f"{index}.{ending}")
            dataset = ImageFolder(str(place.parent), transforms.Compose(steps))
            found[name] = fell_back(HabanaDataLoader(dataset, batch_size=2))
        tensors = torch.utils.data.TensorDataset(torch.zeros(3, 2))
        found["wrong data set"] = fell_back(HabanaDataLoader(tensors, batch_size=2))
    return found


if __name__ == "__main__":
    wanted = sys.argv[1].split(",")
    if wanted == ["checkpoint_on_the_device"]:
        answer(checkpoint_on_the_device(sys.argv[2]))
    else:
        answer({name: globals()[name]() for name in wanted})
