"""The R1 penalty in closed form, and its place in the step."""

import pytest
import torch

from dcgan_core.device import resolve
from dcgan_core.nets import build_networks
from dcgan_core.train.regularize import r1_penalty
from dcgan_core.train.step import Stepper


def test_a_linear_critic_pays_half_its_squared_weight():
    weight = torch.randn(3, 4, 5)
    images = torch.randn(6, 3, 4, 5, requires_grad=True)
    logits = (images * weight).sum(dim=(1, 2, 3))
    assert r1_penalty(images, logits).item() == pytest.approx(weight.pow(2).sum().item() / 2)


def test_a_quadratic_critic_pays_a_per_sample_norm():
    images = torch.randn(6, 1, 2, 2, requires_grad=True)
    penalty = r1_penalty(images, images.pow(2).sum(dim=(1, 2, 3)))
    assert penalty.item() == pytest.approx(2 * images.pow(2).sum().item() / 6, rel=1e-5)


def first_weights(tiny, settings, steps=1):
    params = tiny(settings)
    generator, discriminator = build_networks(params, "16")
    rng = torch.Generator().manual_seed(0)
    stepper = Stepper(generator, discriminator, params.train, resolve("cpu"), rng)
    real = torch.rand(8, 3, 16, 16, generator=rng) * 2 - 1
    for _ in range(steps):
        stepper.step(lambda: real.clone())
    return next(discriminator.parameters()).detach()


def test_the_penalty_is_paid_on_every_nth_update_only(tiny):
    off = {"train.r1_gamma": 0}
    on = {"train.r1_gamma": 10, "train.r1_every": 2}
    assert not torch.equal(first_weights(tiny, on), first_weights(tiny, off))
    params = tiny(on)
    rng = torch.Generator().manual_seed(0)
    stepper = Stepper(*build_networks(params, "16"), params.train, resolve("cpu"), rng)
    graphs = []
    for _ in range(4):
        real = torch.rand(8, 3, 16, 16) * 2 - 1
        stepper.step(lambda real=real: real)
        graphs.append(real.requires_grad)
    assert graphs == [True, False, True, False]
