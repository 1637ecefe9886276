"""The R1 penalty in closed form, and its place in the step."""

import pytest
import torch
from train.steppers import make_stepper, reals

from dcgan_core.device import resolve
from dcgan_core.nets import build_networks
from dcgan_core.train.objective.penalties import gradient_penalty, input_penalty
from dcgan_core.train.step import Stepper


def test_a_linear_critic_pays_half_its_squared_weight():
    weight = torch.randn(3, 4, 5)
    images = torch.randn(6, 3, 4, 5, requires_grad=True)
    logits = (images * weight).sum(dim=(1, 2, 3))
    assert input_penalty(images, logits).item() == pytest.approx(weight.pow(2).sum().item() / 2)


def test_a_quadratic_critic_pays_a_per_sample_norm():
    images = torch.randn(6, 1, 2, 2, requires_grad=True)
    penalty = input_penalty(images, images.pow(2).sum(dim=(1, 2, 3)))
    assert penalty.item() == pytest.approx(2 * images.pow(2).sum().item() / 6, rel=1e-5)


def first_weights(tiny, settings, steps=1):
    params = tiny(settings)
    generator, discriminator = build_networks(params, "16")
    rng = torch.Generator().manual_seed(0)
    stepper = Stepper(generator, discriminator, params, resolve("cpu"), rng)
    real = torch.rand(8, 3, 16, 16, generator=rng) * 2 - 1
    for _ in range(steps):
        stepper.step(lambda: real.clone())
    return next(discriminator.parameters()).detach()


def test_the_penalty_is_paid_on_every_nth_update_only(tiny):
    off = {"objective.r1_gamma": 0}
    on = {"objective.r1_gamma": 10, "objective.penalty_every": 2}
    assert not torch.equal(first_weights(tiny, on), first_weights(tiny, off))
    params = tiny(on)
    rng = torch.Generator().manual_seed(0)
    stepper = Stepper(*build_networks(params, "16"), params, resolve("cpu"), rng)
    asked = []
    stepper.discriminator.body[0].register_forward_pre_hook(
        lambda _, inputs: asked.append(inputs[0].requires_grad)
    )
    for _ in range(4):
        stepper.step(lambda: torch.rand(8, 3, 16, 16) * 2 - 1)
    # Three passes a step: real, fake, and the generator's, whose fakes carry its graph.
    assert asked[0::3] == [True, False, True, False]
    assert asked[1::3] == [False] * 4


def test_the_gradient_penalty_of_a_linear_critic_is_its_closed_form():
    weight = torch.randn(3, 4, 5) / 4
    real, fake = torch.randn(6, 3, 4, 5), torch.randn(6, 3, 4, 5)
    penalty = gradient_penalty(lambda x: (x * weight).sum((1, 2, 3)), real, fake, torch.rand(6))
    assert penalty.item() == pytest.approx((weight.norm().item() - 1) ** 2, rel=1e-5)


def test_the_gradient_penalty_is_per_sample_and_between_the_pair():
    real, fake = torch.randn(6, 1, 2, 2), torch.randn(6, 1, 2, 2)
    share = torch.rand(6)
    # D(x) = ½‖x‖² has the gradient x, so each sample's norm is that of its own mixture.
    penalty = gradient_penalty(lambda x: x.square().sum((1, 2, 3)) / 2, real, fake, share)
    mixed = share.view(-1, 1) * real.flatten(1) + (1 - share.view(-1, 1)) * fake.flatten(1)
    expected = (mixed.norm(dim=1) - 1).square().mean().item()
    assert penalty.item() == pytest.approx(expected, rel=1e-5)


def test_r2_is_paid_on_fakes(tiny):
    off = {"objective.r1_gamma": 0}
    on = {"objective.r1_gamma": 0, "objective.r2_gamma": 10}
    assert not torch.equal(first_weights(tiny, on), first_weights(tiny, off))


CRITIC = {
    "objective.loss": "wasserstein",
    "objective.r1_gamma": 0,
    "model.norm_d": "layer",
}


def test_the_step_pays_the_gradient_penalty_in_proportion_to_its_weight(tiny):
    # One step of plain descent is linear in the loss.
    descent = {
        "train.optimizer": "sgd",
        "train.lr": 0.1,
        "train.beta1": 0,
        "train.weight_decay": 0,
    }
    ends = []
    for weight in (0, 1, 10):
        stepper = make_stepper(tiny({**CRITIC, **descent, "objective.gradient_penalty": weight}))
        stepper.step(reals)
        parameters = stepper.discriminator.parameters()
        ends.append(torch.cat([p.detach().flatten() for p in parameters]))
    without, once, tenfold = ends
    assert (once - without).abs().max() > 1e-3
    torch.testing.assert_close(tenfold - without, 10 * (once - without), atol=1e-5, rtol=1e-3)


def test_the_gradient_penalty_is_computed_in_fp32_where_the_rest_is_bf16(tiny):
    settings = {**CRITIC, "objective.gradient_penalty": 10, "train.precision": "bf16"}
    stepper = make_stepper(tiny(settings))
    dtypes = []
    stepper.discriminator.head.register_forward_hook(
        lambda _, __, logits: dtypes.append(logits.dtype)
    )
    stepper.step(reals)
    half = torch.bfloat16
    assert dtypes == [half, half, torch.float32, half]


def test_no_gradient_of_the_penalty_flows_into_fakes():
    critic = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 4), torch.nn.Tanh())
    real, fake = (torch.randn(6, 3, 2, 2, requires_grad=True) for _ in range(2))
    gradient_penalty(critic, real, fake, torch.rand(6)).backward()
    assert real.grad is None
    assert fake.grad is None
    assert critic[1].weight.grad.abs().sum() > 0
