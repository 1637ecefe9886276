"""Noise, augmentation, replay and early stopping, each against what defines it."""

import pytest
import torch
from train.steppers import make_stepper, reals

from dcgan_core.device import resolve
from dcgan_core.nets.layers import noise_alike
from dcgan_core.train.loop import train_rounds
from dcgan_core.train.run import Run
from dcgan_core.train.stabilise.augment import Augment
from dcgan_core.train.stabilise.discriminator_input import View
from dcgan_core.train.stabilise.early_stopping import EarlyStop
from dcgan_core.train.stabilise.replay import Replay
from dcgan_core.train.watch.guard import Guard


def view(tiny, **changes) -> View:
    return View(tiny({f"stabilise.{name}": value for name, value in changes.items()}).stabilise)


def test_additive_noise_has_its_standard_deviation_everywhere(tiny):
    images = torch.full((4, 3, 64, 64), 0.25)
    noise = view(tiny, noise=0.2)(images) - images
    assert noise.std().item() == pytest.approx(0.2, rel=0.02)
    assert noise.mean().item() == pytest.approx(0, abs=0.005)


def test_proportional_noise_scales_with_the_pixel(tiny):
    images = torch.tensor([0.0, 0.5, -1.0]).view(1, 3, 1, 1).expand(2, 3, 64, 64)
    noise = view(tiny, noise=0.2, noise_kind="proportional")(images) - images
    assert noise.std(dim=(0, 2, 3)).tolist() == pytest.approx([0, 0.1, 0.2], rel=0.03, abs=1e-9)


def test_noise_fades_to_nothing(tiny):
    shown = view(tiny, noise=0.2, noise_until=0.5)
    levels = []
    for done in (0, 0.25, 0.5, 0.9):
        shown.advance(done)
        levels.append(shown.noise)
    assert levels == pytest.approx([0.2, 0.1, 0, 0])
    images = torch.rand(2, 3, 8, 8)
    assert torch.equal(shown(images), images)


def test_no_stabiliser_leaves_images_alone(tiny):
    images = torch.rand(2, 3, 8, 8)
    assert torch.equal(view(tiny)(images), images)


def test_augmentation_moves_images_and_lets_gradients_back():
    torch.manual_seed(0)
    images = torch.rand(16, 3, 32, 24, requires_grad=True)
    shown = Augment("diffaugment", 0.6)(images)
    assert shown.shape == images.shape
    assert all(not torch.equal(a, b) for a, b in zip(shown, images, strict=True))
    shown.sum().backward()
    assert images.grad.isfinite().all()
    assert images.grad.abs().sum() > 0


def test_a_cut_hides_33_of_64_pixels_each_way_and_a_shift_moves_at_most_an_eighth():
    from dcgan_core.train.stabilise.augment import _cut, _translate

    torch.manual_seed(0)
    hidden = 1 - _cut(torch.ones(200, 1, 64, 32))
    rows, columns = (hidden.amax(dim=side).sum(dim=(1, 2)) for side in (3, 2))
    assert (rows.max(), columns.max()) == (33, 17)
    # Less where the centre is near a border, which it may lie on.
    assert 17 <= rows.min() < 33
    assert 9 <= columns.min() < 17
    rows = torch.arange(32.0).view(1, 1, 32, 1).expand(200, 1, 32, 32) + 1
    shifted = _translate(rows)
    moved = (shifted - rows)[:, 0, 8:24, 8:24]
    assert set(moved.flatten().tolist()) == set(range(-4, 5))


def test_ada_follows_the_sign_of_real_logits():
    augment = Augment("ada", 0.6)
    images = torch.rand(8, 3, 16, 16)
    assert torch.equal(augment(images), images)
    for _ in range(40):
        augment.observe(torch.full((8,), 3.0))
    # 40 batches of 8 overfitted images, at 100,000 images from 0 to 1.
    assert augment.probability == pytest.approx(320 / 100_000)
    for _ in range(80):
        augment.observe(torch.tensor([1.0, -1.0] * 4))
    assert augment.probability == 0


def test_replay_takes_its_share_from_earlier_fakes():
    torch.manual_seed(0)
    replay = Replay(0.5)
    old = torch.zeros(1000, 1, 1, 1)
    assert torch.equal(replay.mix(old)[0], old)
    mixed, _ = replay.mix(torch.ones(1000, 1, 1, 1))
    assert (mixed == 0).float().mean().item() == pytest.approx(0.5, abs=0.05)
    for value in range(2, 40):
        replay.mix(torch.full((1000, 1, 1, 1), float(value)))
    assert len(replay.pool) == 4000


def test_training_stops_when_nothing_falls(tiny):
    settings = tiny({"stabilise.stop_on": "loss", "stabilise.patience": 2}).stabilise
    early = EarlyStop(settings, kid=lambda: 0.0)
    seen = [early.observe([value]) for value in (3.0, 2.0, 2.5, 1.0, 1.5, 1.2)]
    assert seen == [False, False, False, False, False, True]


def test_kid_may_be_what_is_watched(tiny):
    settings = tiny({"stabilise.stop_on": "kid", "stabilise.patience": 1}).stabilise
    values = iter([0.5, 0.4, 0.6])
    early = EarlyStop(settings, kid=lambda: next(values))
    assert [early.observe([]) for _ in range(3)] == [False, False, True]
    never = EarlyStop(tiny().stabilise, kid=lambda: pytest.fail("asked for nothing"))
    assert not never.observe([1.0])


def test_noise_reaches_the_discriminator_with_real_and_with_fake_and_nothing_else(tiny):
    stepper = make_stepper(tiny({"stabilise.noise": 0.3, "objective.r1_gamma": 0}))
    seen, scored, made = [], [], []
    stepper.discriminator.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    stepper.discriminator.register_forward_hook(lambda _, __, output: scored.append(output))
    stepper.generator.register_forward_hook(lambda _, __, output: made.append(output))
    real = reals()
    record = stepper.step(lambda: real)
    logits = (record.real_logits, record.fake_logits, record.fake_logits_after)
    assert all(torch.equal(a, b) for a, b in zip(logits, scored, strict=True))
    (fake,) = made
    for shown, clean in zip(seen, (real, fake, fake), strict=True):
        noise = shown.detach() - clean.detach()
        assert noise.std().item() == pytest.approx(0.3, rel=0.1)
    # Fresh noise each time, and none on what the generator itself gives out.
    assert not torch.equal(seen[1], seen[2])
    assert fake.abs().max() <= 1
    shadow = stepper.ema.shadow
    latents = torch.randn(4, shadow.latent_length)
    assert torch.equal(shadow(latents), shadow(latents))


def test_a_run_fades_noise_over_its_own_length(tiny, pack, tmp_path):
    params = tiny({"stabilise.noise": 0.2, "stabilise.noise_until": 0.5})
    run = Run(params, "16", resolve("cpu"), pack, tmp_path)
    original, levels = run.stepper.step, []

    def step(next_real):
        levels.append(run.stepper.view.noise)
        return original(next_real)

    run.stepper.step = step
    train_rounds(run, stop=False)
    assert levels == pytest.approx([0.2 * (9 - k) / 9 for k in range(9)] + [0] * 9)


def test_no_noise_reaches_what_the_watch_looks_at(tiny, tmp_path):
    params = tiny({"stabilise.noise": 0.3})
    stepper = make_stepper(params)
    record = stepper.step(reals)
    latents, real = torch.randn(32, 8), reals(count=32)
    seen = []
    stepper.discriminator.body.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    Guard(params, "16", stepper, latents, real).check(1, record)
    generator = stepper.generator.eval()
    with torch.no_grad(), noise_alike(generator):
        fakes = generator(latents)
    assert len(seen) == 2
    assert torch.equal(seen[0], fakes)
    assert torch.equal(seen[1], real)
