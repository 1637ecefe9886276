"""A step against a plain tutorial loop written here from the textbook, sharing no code."""

import copy

import pytest
import torch
from settings import ROOT
from torch import nn

from dcgan_core.device import resolve
from dcgan_core.nets import build_networks
from dcgan_core.params import load_params
from dcgan_core.train.execution.step_result import gradient_norm
from dcgan_core.train.step import Stepper


def plain_loop(generator, discriminator, reals, latents, settings, optimizer=torch.optim.AdamW):
    """The tutorial's step: default layout, stock Adam-family optimiser, sigmoid and BCE in full."""
    bce = nn.BCELoss()
    kwargs = {
        "lr": settings.lr,
        "betas": (settings.beta1, settings.beta2),
        "eps": settings.eps,
        "weight_decay": settings.weight_decay,
    }
    opt_d = optimizer(discriminator.parameters(), foreach=False, fused=False, **kwargs)
    opt_g = optimizer(generator.parameters(), foreach=False, fused=False, **kwargs)
    losses = []
    for real, z in zip(reals, latents, strict=True):
        ones, zeros = torch.ones(len(real)), torch.zeros(len(real))
        discriminator.zero_grad()
        out_real = torch.sigmoid(discriminator(real))
        loss_real = bce(out_real, ones)
        loss_real.backward()
        fake = generator(z.view(len(z), -1, 1, 1))
        out_fake = torch.sigmoid(discriminator(fake.detach()))
        loss_fake = bce(out_fake, zeros)
        loss_fake.backward()
        opt_d.step()
        generator.zero_grad()
        after = torch.sigmoid(discriminator(fake))
        loss_g = bce(after, ones)
        loss_g.backward()
        opt_g.step()
        losses.append(
            [
                (loss_real + loss_fake).item(),
                loss_g.item(),
                out_real.mean().item(),
                out_fake.mean().item(),
                after.mean().item(),
            ]
        )
    return losses


@pytest.fixture
def double():
    """Float64 by default, so that rounding does not hide what is compared."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("size", ["16", "19x16"])
def test_steps_equal_the_plain_loop(double, tiny, size):
    params = tiny({"train.lr": 0.002, "objective.r1_gamma": 0, "model.noise_inputs": False})
    generator, discriminator = build_networks(params, size)
    plain_g, plain_d = copy.deepcopy(generator), copy.deepcopy(discriminator)
    height, width = generator.height, generator.width
    reals = torch.rand(4, 8, 3, height, width, generator=torch.Generator().manual_seed(5)) * 2 - 1
    rng = torch.Generator().manual_seed(11)
    latents = [torch.randn(8, 8, generator=rng) for _ in reals]
    expected = plain_loop(plain_g, plain_d, reals, latents, params.train)

    rng.manual_seed(11)
    stepper = Stepper(generator, discriminator, params, resolve("cpu"), rng)
    batches = iter(reals)
    found = []
    for _ in range(len(reals)):
        record = stepper.step(lambda: next(batches).contiguous(memory_format=torch.channels_last))
        found.append([value.item() for value in record.statistics().values()])
    torch.testing.assert_close(torch.tensor(found), torch.tensor(expected))
    for mine, theirs in (
        *zip(generator.state_dict().values(), plain_g.state_dict().values(), strict=True),
        *zip(discriminator.state_dict().values(), plain_d.state_dict().values(), strict=True),
    ):
        torch.testing.assert_close(mine.contiguous(), theirs)


def test_the_tutorials_recipe_steps_as_the_tutorial_does(double):
    params = load_params(ROOT / "params.yaml", recipe="tutorial-64")
    generator, discriminator = build_networks(params, "64")
    plain_g, plain_d = copy.deepcopy(generator), copy.deepcopy(discriminator)
    reals = torch.rand(2, 8, 3, 64, 64, generator=torch.Generator().manual_seed(5)) * 2 - 1
    rng = torch.Generator().manual_seed(11)
    latents = [torch.randn(8, 100, generator=rng) for _ in reals]
    expected = plain_loop(
        plain_g, plain_d, reals, latents, params.train, optimizer=torch.optim.Adam
    )
    rng.manual_seed(11)
    stepper = Stepper(generator, discriminator, params, resolve("cpu"), rng)
    batches = iter(reals)
    for losses in expected:
        record = stepper.step(lambda: next(batches).contiguous(memory_format=torch.channels_last))
        found = [value.item() for value in record.statistics().values()]
        assert found == pytest.approx(losses, abs=1e-6)
    for mine, theirs in (
        *zip(generator.parameters(), plain_g.parameters(), strict=True),
        *zip(discriminator.parameters(), plain_d.parameters(), strict=True),
    ):
        torch.testing.assert_close(mine.contiguous(), theirs, atol=1e-6, rtol=0)


def test_the_generator_step_leaves_the_discriminator_alone(tiny):
    params = tiny()
    stepper = Stepper(*build_networks(params, "16"), params, resolve("cpu"), torch.Generator())
    fake = stepper.generator(torch.randn(8, 8))
    before = [p.clone() for p in stepper.discriminator.parameters()]
    for parameter in stepper.discriminator.parameters():
        parameter.grad = None
    stepper._update_generator(fake, fake.detach(), None)
    after = list(stepper.discriminator.parameters())
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert all(p.grad is None and p.requires_grad for p in after)


def test_n_dis_takes_a_new_real_batch_for_each_update(tiny):
    params = tiny({"train.n_dis": 3})
    stepper = Stepper(*build_networks(params, "16"), params, resolve("cpu"), torch.Generator())
    asked = []

    def next_real():
        asked.append(1)
        return torch.rand(8, 3, 16, 16) * 2 - 1

    stepper.step(next_real)
    assert len(asked) == 3
    assert stepper.optimizer_d.state_dict()["state"][0]["step"].item() == 3
    assert stepper.optimizer_g.state_dict()["state"][0]["step"].item() == 1


def test_bf16_keeps_weights_and_losses_in_fp32(tiny):
    params = tiny({"train.precision": "bf16"})
    stepper = Stepper(*build_networks(params, "16"), params, resolve("cpu"), torch.Generator())
    record = stepper.step(lambda: torch.rand(8, 3, 16, 16) * 2 - 1)
    assert record.loss_d.dtype == record.loss_g.dtype == torch.float32
    assert {p.dtype for p in stepper.generator.parameters()} == {torch.float32}


def test_gradient_norm_is_the_norm_of_all_gradients():
    layer = nn.Linear(3, 2)
    layer.weight.grad = torch.full((2, 3), 2.0)
    layer.bias.grad = torch.tensor([1.0, 0.0])
    assert gradient_norm(layer).item() == pytest.approx((6 * 4 + 1) ** 0.5)
