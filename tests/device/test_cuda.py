"""Fifty steps on a GPU against the CPU; for machines that have one."""

import pytest
import torch
from settings import ROOT, TINY
from train.steppers import reals

from dcgan_core.device import resolve
from dcgan_core.nets import build_networks
from dcgan_core.params import load_params
from dcgan_core.train.step import Stepper

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU")

STEPS = 50


def losses(device_name: str, precision: str) -> torch.Tensor:
    """Loss_D and Loss_G of each step, STEPS×2, from the same weights, images and latents."""
    params = load_params(ROOT / "params.yaml", {**TINY, "train.precision": precision})
    device = resolve(device_name)
    rng = torch.Generator().manual_seed(0)
    training = Stepper(*build_networks(params, "16"), params, device, rng)
    found = []
    for step in range(STEPS):
        record = training.step(lambda step=step: reals(step).to(device.device))
        found.append([record.loss_d.item(), record.loss_g.item()])
    return torch.tensor(found)


# One rounding of tiny networks grows to 2e-6 in a hundred steps on the CPU; kernels that add in
# another order round at each step.
@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 1e-3), ("bf16", 0.05)])
def test_a_gpu_gives_the_cpus_losses(precision, tolerance):
    cpu = losses("cpu", "fp32")
    assert (cpu[0] - cpu[-1]).abs().max() > 0.1
    assert (losses("gpu", precision) - cpu).abs().max() < tolerance
