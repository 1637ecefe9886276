"""The average against its formula, alone and in the step."""

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrize import is_parametrized
from train.steppers import make_stepper, reals

from dcgan_core.nets.reparametrize import normalize_spectrum
from dcgan_core.train.ema import Ema


def test_updates_follow_the_warmed_up_formula():
    network = nn.BatchNorm2d(1)
    ema = Ema(network, 0.9)
    expected = 1.0
    for step in range(1, 200):
        network.weight.data.fill_(float(step))
        network.num_batches_tracked.fill_(step)
        ema.update(network)
        decay = min(0.9, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * step
    assert ema.shadow.weight.item() == pytest.approx(expected, rel=1e-5)
    assert ema.shadow.num_batches_tracked.item() == 199


def test_each_step_averages_the_weights_that_it_leaves(tiny):
    stepper = make_stepper(tiny({"train.ema_decay": 0.9, "train.lr": 0.01}))
    live, shadow = stepper.generator.parameters, stepper.ema.shadow.parameters
    expected = [p.detach().clone() for p in live()]
    for step in range(1, 4):
        stepper.step(lambda step=step: reals(step))
        decay = (1 + step) / (10 + step)
        expected = [decay * e + (1 - decay) * p for e, p in zip(expected, live(), strict=True)]
        for mine, wanted in zip(shadow(), expected, strict=True):
            torch.testing.assert_close(mine, wanted.detach())


def test_decay_zero_is_a_copy():
    network = nn.Sequential(nn.ConvTranspose2d(3, 4, 2), nn.BatchNorm2d(4))
    normalize_spectrum(network, torch.Generator())
    ema = Ema(network, 0.0)
    network[0].parametrizations.weight.original.data.normal_()
    network(torch.randn(2, 3, 5, 5))
    ema.update(network)
    theirs = network.state_dict()
    assert all(torch.equal(mine, theirs[name]) for name, mine in ema.shadow.state_dict().items())


def test_running_statistics_are_averaged_too():
    network = nn.BatchNorm2d(1)
    ema = Ema(network, 0.5)
    network.running_mean.fill_(4.0)
    ema.update(network)
    assert 0.0 < ema.shadow.running_mean.item() < 4.0
    assert not ema.shadow.training


@pytest.mark.parametrize("upsampling", ["transposed", "bilinear"])
def test_averaged_weights_keep_the_bound_of_spectral_norm(tiny, upsampling):
    settings = {"model.norm_g": "spectral", "model.upsampling": upsampling}
    stepper = make_stepper(tiny({**settings, "train.ema_decay": 0.9, "train.lr": 0.002}))
    largest = []
    for step in range(25):
        stepper.step(lambda step=step: reals(step))
        for layer in stepper.ema.shadow.modules():
            if is_parametrized(layer, "weight"):
                outputs = layer.weight.transpose(0, 1).flatten(1)
                largest.append(torch.linalg.matrix_norm(outputs, 2).item())
    assert len(largest) == 3 * 25
    # What is divided by is at most the largest singular value.
    assert min(largest) > 0.999
    assert max(largest) < 1.2
