"""Trainings driven into each failure for real, and what the watch says of them, and when."""

import json
import math

import pytest
import torch
from provoke import Training, discs
from torch import nn

from dcgan_core.nets.layers import NoiseInput
from dcgan_core.train.objective.losses import loss_range
from dcgan_core.train.watch.diversity import Sight, closeness, compare, look_at
from dcgan_core.train.watch.gradients import LayerGradients
from dcgan_core.train.watch.rules import Rules
from dcgan_core.train.watch.symptoms import ADVICE

OBJECTIVE = {"objective.r1_gamma": 0}
EVERY = 20
NARROW_G = {"model.ngf": 4, "model.ndf": 32, "model.latent": 16}
EVEN = {"model.ngf": 8, "model.ndf": 8, "model.latent": 16}
FLOWING = LayerGradients(("a", "b", "c"), (0.1, 0.1, 0.1), (1.0, 1.0, 1.0))
GRADIENTS = {"generator": FLOWING, "discriminator": FLOWING}
WELL = {"loss_d": 1.2, "loss_g": 0.8, "d_x": 0.6, "d_g_z1": 0.4, "d_g_z2": 0.4}
WON = {**WELL, "loss_d": 0.01, "d_g_z1": 0.005}
DIVERSE = Sight(0.9, 0.9)


@pytest.fixture(autouse=True)
def one_thread():
    """Networks this small are slower on more."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def make(tiny):
    """A function to a training on 16×16 discs and its watch."""

    def build(lr_d: float, lr_g: float, overrides: dict) -> tuple[Training, Rules]:
        params = tiny({**OBJECTIVE, **overrides})
        training = Training(params, lr_d, lr_g, discs(512, 16))
        return training, Rules(params.objective)

    return build


def watched(training, watch, steps):
    """The findings of the training's steps numbered ``steps``, with a look every ``EVERY``."""
    findings = []
    for step in steps:
        statistics = training.step()
        if step == 1 or step % EVERY == 0:
            reals = training.reals[:32]
            sight = look_at(training.generator, training.discriminator, training.latents, reals)
            findings += watch.look(step, statistics, sight, training.gradients())
    return findings


def fed(watch, looks):
    """The findings of looks given as (step, statistics)."""
    return [
        finding
        for step, statistics in looks
        for finding in watch.look(step, statistics, DIVERSE, GRADIENTS)
    ]


@pytest.mark.parametrize(
    ("overrides", "lr_d", "lr_g"),
    [
        ({}, 2e-3, 4e-5),
        ({"objective.real_label": 0.9}, 2e-3, 4e-5),
        ({"objective.loss": "hinge"}, 2e-3, 4e-5),
        # Faster, its loss swings round what counts as won.
        ({"objective.loss": "lsgan"}, 1e-3, 4e-6),
        ({"objective.relativistic": True}, 2e-3, 4e-5),
    ],
)
def test_a_discriminator_that_wins_is_named(make, overrides, lr_d, lr_g):
    training, watch = make(lr_d, lr_g, {**NARROW_G, **overrides})
    (finding,) = watched(training, watch, range(1, 201))
    assert finding.kind == "d_wins"
    assert "objective.r1_gamma" in finding.advice
    assert not watch.healthy


def test_a_generator_that_collapses_is_named(make):
    training, watch = make(2e-4, 3.0, {**EVEN, "model.noise_inputs": False})
    findings = watched(training, watch, range(1, 201))
    told = {finding.kind: finding for finding in findings}
    assert "collapse" in told
    assert "model.minibatch_std" in told["collapse"].advice


def test_noise_does_not_hide_a_collapse(make):
    """Specks of their own on one and the same picture are no diversity."""
    training, _ = make(2e-4, 2e-4, {**EVEN, "model.noise_inputs": True})
    noisy = [layer for layer in training.generator.modules() if isinstance(layer, NoiseInput)]
    for layer in noisy:
        nn.init.ones_(layer.strength)
    for weight in training.generator.base.parameters():
        # Nothing of the latent, and the norm's bias.
        nn.init.constant_(weight, 0.0 if weight.dim() == 4 else 0.1)
    seen = training.generator.eval()(training.latents)
    assert closeness(seen) > 0.1
    reals = training.reals[:32]
    sight = look_at(training.generator, training.discriminator, training.latents, reals)
    assert sight.images == pytest.approx(0, abs=1e-6)
    assert torch.equal(training.generator(training.latents), seen)


def test_a_generator_without_batch_norm_collapses_to_one_image_and_is_named(make):
    """As Radford et al. 2015 found, which is why DCGANs have it."""
    bare = {"model.norm_g": "none", "model.norm_d": "none", "model.upsampling": "transposed"}
    training, watch = make(2e-4, 2e-4, {**EVEN, **bare})
    (finding, *_) = watched(training, watch, range(1, 201))
    assert finding.kind == "collapse"


def test_the_saturating_loss_against_a_strong_discriminator_vanishes(make):
    training, watch = make(2e-3, 4e-5, {**NARROW_G, "objective.loss": "minimax"})
    findings = watched(training, watch, range(1, 201))
    assert [finding.kind for finding in findings] == ["d_wins", "vanishing"]
    assert "generator's gradients vanish" in findings[1].sentence


def test_a_saturated_discriminator_has_gradients_in_its_last_layer_only(make):
    training, watch = make(2e-4, 2e-4, {**EVEN, "model.norm_d": "none"})
    body = training.discriminator.body
    for index, layer in enumerate(body):
        if isinstance(layer, nn.LeakyReLU):
            body[index] = nn.Sigmoid()
        else:
            layer.weight.data.mul_(200)
    (finding,) = watched(training, watch, range(1, 201))
    assert finding.kind == "vanishing"
    assert "every layer but the last" in finding.sentence


def test_an_absurd_learning_rate_is_named_as_soon_as_it_is_looked_at(make):
    training, watch = make(1e30, 1e30, EVEN)
    first, *_ = watched(training, watch, range(1, 21))
    assert (first.kind, first.step) == ("nan", 1)
    assert "train.lr" in first.advice


@pytest.mark.parametrize(
    ("overrides", "lr"),
    [
        ({}, 2e-4),
        ({}, 1e-3),
        ({"objective.r1_gamma": 0.1}, 1e-3),
        ({"objective.real_label": 0.9}, 2e-4),
        ({"objective.loss": "hinge"}, 2e-4),
        ({"objective.loss": "lsgan"}, 1e-3),
        ({"objective.loss": "minimax"}, 2e-4),
        ({"objective.loss": "wasserstein"}, 2e-4),
    ],
)
def test_a_healthy_training_is_left_in_peace(make, overrides, lr):
    training, watch = make(lr, lr, {**EVEN, **overrides})
    assert watched(training, watch, range(1, 301)) == []
    assert watch.healthy


def test_a_clipped_critic_is_left_in_peace(make):
    settings = {**EVEN, "objective.loss": "wasserstein", "objective.weight_clip": 0.01}
    training, watch = make(5e-5, 5e-5, settings)
    assert watched(training, watch, range(1, 301)) == []


def test_a_resumed_watch_says_what_an_uninterrupted_one_says(make):
    settings = (2e-3, 4e-5, {**NARROW_G, "objective.loss": "minimax"})
    training, watch = make(*settings)
    whole = watched(training, watch, range(1, 201))
    for cut in (61, 115, 130):
        training, before = make(*settings)
        findings = watched(training, before, range(1, cut))
        after = Rules(before.objective)
        after.load_state_dict(json.loads(json.dumps(before.state_dict())))
        findings += watched(training, after, range(cut, 201))
        assert findings == whole
        assert after.state_dict() == watch.state_dict()


def test_each_bout_is_told_once(make):
    _, watch = make(1, 1, {})
    ill = [(step, WON) for step in range(100, 300, 20)]
    well = [(step, WELL) for step in range(300, 400, 20)]
    again = [(step, WON) for step in range(400, 500, 20)]
    findings = fed(watch, [*ill, *well, *again])
    assert [(finding.kind, finding.step) for finding in findings] == [
        ("d_wins", 140),
        ("d_wins", 440),
    ]


@pytest.mark.parametrize("every", [1, 7, 20, 50])
def test_a_short_spell_is_not_told_and_a_long_one_is_at_any_interval(make, every):
    def looks(first, last, statistics):
        return [(step, statistics) for step in range(first, last) if step % every == 0]

    _, watch = make(1, 1, {})
    spell = looks(300, 300 + every + 1, WON)
    assert fed(watch, [*looks(1, 300, WELL), *spell, *looks(301 + every, 600, WELL)]) == []
    (finding,) = fed(watch, looks(600, 800, WON))
    assert finding.kind == "d_wins"


def test_a_low_loss_is_no_trouble_while_fakes_are_taken_for_real(make):
    fooled = {**WON, "d_g_z1": 0.1}
    _, watch = make(1, 1, {})
    assert fed(watch, [(step, fooled) for step in range(100, 300, 20)]) == []
    _, hinge = make(1, 1, {"objective.loss": "hinge"})
    assert fed(hinge, [(step, fooled) for step in range(100, 300, 20)])


def test_a_discriminator_well_ahead_has_not_won(make):
    """As seen of trainings on real images whose generator caught up."""
    _, watch = make(1, 1, {})
    ahead = {**WELL, "loss_d": 0.02, "d_g_z1": 0.01}
    assert fed(watch, [(step, ahead) for step in range(100, 400, 20)]) == []
    _, relativistic = make(1, 1, {"objective.relativistic": True})
    ahead, won = WELL | {"loss_d": 0.0045}, WELL | {"loss_d": 0.0005}
    assert fed(relativistic, [(step, ahead) for step in range(100, 400, 20)]) == []
    assert fed(relativistic, [(step, won) for step in range(400, 500, 20)])


def seen(watch, steps, diversities):
    """The findings of looks at images that differ by these shares."""
    return [
        finding
        for step, share in zip(steps, diversities, strict=True)
        for finding in watch.look(step, WELL, Sight(share, 0.9), GRADIENTS)
    ]


def test_a_slow_start_is_no_collapse(make):
    """As seen of a 157×128 generator, whose images then had the variety of real ones."""
    _, watch = make(1, 1, {})
    start = [0.0125, 0.0082, 0.0073, 0.0096, 0.0097, 0.0412, 0.1929, 0.212]
    assert seen(watch, range(100, 260, 20), start) == []
    assert watch.healthy


def test_images_that_stay_alike_are_named_at_step_200(make):
    _, watch = make(1, 1, {})
    (finding,) = seen(watch, range(100, 260, 20), [0.01] * 8)
    assert (finding.kind, finding.step) == ("collapse", 200)
    _, later = make(1, 1, {})
    fall = [0.8] * 6 + [0.3, 0.04, 0.04, 0.04]
    (finding,) = seen(later, range(200, 400, 20), fall)
    assert finding.step == 380


def test_a_collapse_that_wavers_is_named(make):
    _, watch = make(1, 1, {})
    (finding,) = seen(watch, range(100, 260, 20), [0.01, 0.03] * 4)
    assert (finding.kind, finding.step) == ("collapse", 220)


def test_health_is_lost_at_the_first_sign(make):
    _, watch = make(1, 1, {})
    assert watch.healthy
    fed(watch, [(100, WELL)])
    assert watch.healthy
    assert fed(watch, [(120, WON)]) == []
    assert not watch.healthy
    fed(watch, [(140, WELL)])
    assert watch.healthy


def test_the_first_steps_are_not_judged(make):
    _, watch = make(1, 1, {})
    assert fed(watch, [(step, WON) for step in range(1, 99)]) == []
    late = Rules(watch.objective, lr_warmup=1000)
    assert fed(late, [(step, WON) for step in range(20, 1100, 20)]) == []
    assert fed(late, [(step, WON) for step in range(1100, 1200, 20)])


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_whatever_is_not_finite_is_named_even_in_the_first_steps(make, broken):
    gone = LayerGradients(FLOWING.layers, (0.1, 0.1, 0.1), (1.0, broken, 1.0))
    cases = (
        ({**WELL, "loss_g": broken}, DIVERSE, GRADIENTS, "loss_g"),
        (WELL, Sight(broken, 0.5), GRADIENTS, "generated images"),
        (WELL, DIVERSE, {**GRADIENTS, "generator": gone}, "gradients of the generator"),
    )
    for statistics, sight, gradients, words in cases:
        _, watch = make(1, 1, {})
        (finding,) = watch.look(1, statistics, sight, gradients)
        assert finding.kind == "nan"
        assert words in finding.sentence
        assert finding.advice == ADVICE["nan"]


def entropy(target, output):
    return -target * math.log(output) - (1 - target) * math.log(1 - output)


def test_floors_of_the_loss_are_those_of_the_closed_form(tiny):
    def limits(**settings):
        overrides = {f"objective.{name}": value for name, value in settings.items()}
        known = loss_range(tiny(overrides).objective)
        return known and (known.floor, known.loss_d)

    assert limits() == pytest.approx((0, 2 * math.log(2)))
    assert limits(real_label=0.9)[0] == pytest.approx(0.325, abs=5e-4)
    assert limits(real_label=0.9, d_loss="mean")[0] == pytest.approx(0.1625, abs=5e-4)
    grid = [i / 1000 for i in range(1, 1000)]
    lowest = min(entropy(0.72, p) for p in grid) + min(entropy(0.18, p) for p in grid)
    undecided = min(entropy(0.72, p) + entropy(0.18, p) for p in grid)
    found = limits(real_label=0.9, label_flip=0.2)
    assert found == pytest.approx((lowest, undecided), abs=1e-6)
    squares = [0.7 * (p - 1) ** 2 + 0.3 * p**2 for p in grid]
    assert limits(loss="lsgan", label_flip=0.3) == pytest.approx((min(squares), 0.25))
    assert limits(loss="hinge") == (0, 2)
    assert limits(relativistic=True) == (0, math.log(2))
    assert limits(relativistic=True, loss="hinge") == (0, 1)
    assert limits(loss="wasserstein") is None


def test_closeness_sees_a_few_pictures_repeated():
    pictures = torch.randn(32, 3, 8, 8)
    assert closeness(pictures) > 10
    assert closeness(pictures[:3].repeat(10, 1, 1, 1)) == 0
    assert math.isnan(closeness(torch.full((4, 3), math.nan)))
    same = torch.ones(8, 4)
    assert compare(pictures, pictures * 2, same, same) == Sight(0.5, 1.0)


def test_a_look_changes_nothing_in_the_training(make):
    training, _ = make(1e-3, 1e-3, EVEN)
    training.step()
    networks = (training.generator, training.discriminator)
    before = [{k: v.clone() for k, v in network.state_dict().items()} for network in networks]
    drawn = torch.get_rng_state()
    look_at(*networks, training.latents, training.reals[:8])
    assert torch.equal(torch.get_rng_state(), drawn)
    for network, kept in zip(networks, before, strict=True):
        assert network.training
        assert all(torch.equal(value, kept[key]) for key, value in network.state_dict().items())
