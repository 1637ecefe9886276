"""What single settings promise of a step, seen from outside the networks."""

import pytest
import torch
from train.steppers import make_stepper, reals

from dcgan_core.train.execution.step_result import gradient_norm
from dcgan_core.train.step import Stepper

PLAIN = {"objective.r1_gamma": 0}


def watched(stepper: Stepper) -> tuple[list, list]:
    """Lists that fill with what the discriminator is shown and the generator makes."""
    shown, made = [], []
    stepper.discriminator.register_forward_pre_hook(
        lambda _, inputs: shown.append(inputs[0].detach())
    )
    stepper.generator.register_forward_hook(lambda _, __, output: made.append(output.detach()))
    return shown, made


def rows(images: torch.Tensor) -> set[tuple]:
    return {tuple(image.flatten().tolist()) for image in images}


def test_a_clipped_critics_weights_end_at_the_bound(tiny):
    settings = {**PLAIN, "objective.loss": "wasserstein", "objective.weight_clip": 0.01}
    stepper = make_stepper(tiny(settings))
    stepper.step(reals)
    largest = max(p.detach().abs().max().item() for p in stepper.discriminator.parameters())
    assert largest <= 0.01
    assert largest == pytest.approx(0.01)


def test_clipped_gradients_have_the_norm_asked_for_in_both_networks(tiny):
    free, clipped = make_stepper(tiny()), make_stepper(tiny({"train.clip_gradients": 0.01}))
    for stepper in (free, clipped):
        stepper.step(reals)
    for name in ("generator", "discriminator"):
        assert gradient_norm(getattr(free, name)).item() > 0.02
        found = gradient_norm(getattr(clipped, name)).item()
        assert 0.0099 < found <= 0.01 * (1 + 1e-4)


def test_the_same_batch_is_asked_for_once_and_shown_in_every_update(tiny):
    settings = {**PLAIN, "train.n_dis": 2, "train.n_dis_batch": "same"}
    stepper = make_stepper(tiny(settings))
    shown, _ = watched(stepper)
    asked = []

    def next_real():
        asked.append(reals(len(asked)))
        return asked[-1]

    stepper.step(next_real)
    assert len(asked) == 1
    assert torch.equal(shown[0], asked[0])
    assert torch.equal(shown[2], asked[0])


@pytest.mark.parametrize(("fakes", "calls"), [("fresh", 3), ("reused", 2)])
def test_the_generators_update_scores_the_fakes_asked_for(tiny, fakes, calls):
    stepper = make_stepper(tiny({**PLAIN, "train.n_dis": 2, "train.fakes": fakes}))
    shown, made = watched(stepper)
    stepper.step(reals)
    assert len(made) == calls
    assert len(shown) == 5
    assert torch.equal(shown[3], made[1])
    assert torch.equal(shown[4], made[-1])


def test_a_full_replay_shows_the_discriminator_earlier_fakes_alone(tiny):
    stepper = make_stepper(tiny({**PLAIN, "stabilise.replay": 1.0}))
    shown, made = watched(stepper)
    for step in range(4):
        stepper.step(lambda step=step: reals(step))
    assert torch.equal(shown[1], made[0])
    for step in range(1, 4):
        earlier, shown_fakes, after = made[:step], shown[3 * step + 1], shown[3 * step + 2]
        assert rows(shown_fakes) <= rows(torch.cat(earlier))
        assert torch.equal(after, made[step])


def test_augmentation_reaches_the_discriminator_with_real_and_with_fake(tiny):
    stepper = make_stepper(tiny({**PLAIN, "stabilise.augment": "diffaugment"}))
    shown, made = watched(stepper)
    real = reals()
    stepper.step(lambda: real)
    (fake,) = made
    for seen, clean in zip(shown, (real, fake, fake), strict=True):
        assert (seen != clean).flatten(1).any(1).all()
    # Drawn anew for the generator's update.
    assert not torch.equal(shown[1], shown[2])
