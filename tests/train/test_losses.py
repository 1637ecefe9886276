"""Losses at points where their values are known."""

import math

import pytest
import torch

from dcgan_core.train.losses import discriminator_loss, generator_loss, mean_probability


def test_an_undecided_discriminator_is_at_the_published_equilibrium():
    logits = torch.zeros(4)
    assert discriminator_loss(logits, logits).item() == pytest.approx(2 * math.log(2))
    assert generator_loss(logits).item() == pytest.approx(math.log(2))


def test_extreme_logits_keep_their_gradients():
    logits = torch.tensor([-200.0, 200.0], requires_grad=True)
    generator_loss(logits).backward()
    assert logits.grad[0].item() == pytest.approx(-0.5)
    assert discriminator_loss(logits, -logits).isfinite()


def test_d_of_x_is_the_mean_of_sigmoids_not_the_sigmoid_of_the_mean():
    logits = torch.tensor([0.0, 4.0])
    expected = (0.5 + 1 / (1 + math.exp(-4))) / 2
    assert mean_probability(logits).item() == pytest.approx(expected)
    assert mean_probability(logits).item() != pytest.approx(1 / (1 + math.exp(-2)), abs=1e-2)
