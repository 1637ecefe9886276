"""The average against its formula."""

import pytest
import torch
from torch import nn

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


def test_decay_zero_is_a_copy():
    network = nn.Linear(2, 2)
    ema = Ema(network, 0.0)
    network.weight.data.add_(1)
    ema.update(network)
    assert torch.equal(ema.shadow.weight, network.weight)


def test_running_statistics_are_averaged_too():
    network = nn.BatchNorm2d(1)
    ema = Ema(network, 0.5)
    network.running_mean.fill_(4.0)
    ema.update(network)
    assert 0.0 < ema.shadow.running_mean.item() < 4.0
    assert not ema.shadow.training
