"""Losses against their formulae, written out anew, at points where values are known."""

import math

import pytest
import torch

from dcgan_core.train.objective.losses import (
    LOSSES,
    discriminator_loss,
    feature_distance,
    generator_loss,
    loss_range,
    mean_output,
    output_of,
    undecided_output,
)

REAL, FAKE = [0.7, -0.2, 2.5], [-1.1, 0.4, 0.9]


@pytest.fixture
def objective(tiny):
    """A function from changes to the objective section."""

    def make(**changes):
        return tiny({f"objective.{name}": value for name, value in changes.items()}).objective

    return make


def mean(values) -> float:
    values = list(values)
    return sum(values) / len(values)


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def test_an_undecided_discriminator_is_at_the_published_equilibrium(objective):
    logits = torch.zeros(4)
    assert discriminator_loss(logits, logits, objective()).item() == pytest.approx(1.386, abs=5e-4)
    assert generator_loss(logits, objective()).item() == pytest.approx(0.693, abs=5e-4)


def test_extreme_logits_keep_their_gradients(objective):
    logits = torch.tensor([-200.0, 200.0], requires_grad=True)
    generator_loss(logits, objective()).backward()
    assert logits.grad[0].item() == pytest.approx(-0.5)
    assert discriminator_loss(logits, -logits, objective()).isfinite()


PAIRS = list(zip(REAL, FAKE, strict=True))
FORMULAE = {
    "bce": (
        -mean(math.log(sigmoid(r)) for r in REAL) - mean(math.log(1 - sigmoid(f)) for f in FAKE),
        -mean(math.log(sigmoid(f)) for f in FAKE),
    ),
    "minimax": (
        -mean(math.log(sigmoid(r)) for r in REAL) - mean(math.log(1 - sigmoid(f)) for f in FAKE),
        mean(math.log(1 - sigmoid(f)) for f in FAKE),
    ),
    "lsgan": (
        mean((r - 1) ** 2 for r in REAL) / 2 + mean(f**2 for f in FAKE) / 2,
        mean((f - 1) ** 2 for f in FAKE) / 2,
    ),
    "hinge": (
        mean(max(0, 1 - r) for r in REAL) + mean(max(0, 1 + f) for f in FAKE),
        -mean(FAKE),
    ),
    "wasserstein": (mean(FAKE) - mean(REAL), -mean(FAKE)),
}


def test_every_loss_has_its_formula_here():
    assert set(FORMULAE) == set(LOSSES)


@pytest.mark.parametrize("loss", FORMULAE)
def test_each_loss_is_its_formula(objective, loss):
    chosen = objective(loss=loss)
    real, fake = torch.tensor(REAL), torch.tensor(FAKE)
    found = discriminator_loss(real, fake, chosen), generator_loss(fake, chosen)
    assert [value.item() for value in found] == pytest.approx(FORMULAE[loss], rel=1e-5)
    halved = discriminator_loss(real, fake, objective(loss=loss, d_loss="mean"))
    assert halved.item() == pytest.approx(FORMULAE[loss][0] / 2, rel=1e-5)


def test_relativistic_losses_compare_pairs(objective):
    real, fake = torch.tensor(REAL), torch.tensor(FAKE)
    bce, hinge = objective(relativistic=True), objective(relativistic=True, loss="hinge")
    assert discriminator_loss(real, fake, bce).item() == pytest.approx(
        mean(math.log(1 + math.exp(-(r - f))) for r, f in PAIRS), rel=1e-5
    )
    assert generator_loss(fake, bce, real).item() == pytest.approx(
        mean(math.log(1 + math.exp(-(f - r))) for r, f in PAIRS), rel=1e-5
    )
    assert generator_loss(fake, hinge, real).item() == pytest.approx(
        mean(max(0, 1 - (f - r)) for r, f in PAIRS), rel=1e-5
    )


RELATIVISTIC = [{"relativistic": True}, {"loss": "hinge", "relativistic": True}]
UNDECIDED = [
    {"loss": "bce"},
    {"loss": "bce", "real_label": 0.8},
    {"loss": "bce", "real_label": 0.8, "d_loss": "mean"},
    {"loss": "bce", "relativistic": True, "d_loss": "mean"},
    {"loss": "minimax", "real_label": 0.9},
    {"loss": "lsgan"},
    {"loss": "lsgan", "d_loss": "mean"},
    {"loss": "hinge"},
    {"loss": "hinge", "relativistic": True},
]


@pytest.mark.parametrize("settings", UNDECIDED, ids=str)
def test_losses_of_an_undecided_discriminator_are_those_of_its_best_one_score(objective, settings):
    chosen = objective(**settings)
    # All images get the same score. The one nearest to 0 first: hinge has many as good.
    scores = sorted((step / 1000 for step in range(-3000, 3001)), key=abs)
    logits = torch.tensor(scores, dtype=torch.float64)[:, None]
    best = min(logits, key=lambda score: round(discriminator_loss(score, score, chosen).item(), 9))
    known = loss_range(chosen)
    assert discriminator_loss(best, best, chosen).item() == pytest.approx(known.loss_d, abs=1e-6)
    assert generator_loss(best, chosen, best).item() == pytest.approx(known.loss_g, abs=1e-3)
    output = undecided_output(chosen)
    if output is not None:
        assert mean_output(best, chosen).item() == pytest.approx(output, abs=1e-3)


def test_outputs_have_an_undecided_value_where_a_label_gives_them_one(objective):
    assert undecided_output(objective()) == 0.5
    assert undecided_output(objective(real_label=0.9)) == 0.45
    assert undecided_output(objective(loss="lsgan")) == 0.5
    for settings in ({"relativistic": True}, {"loss": "hinge"}, {"loss": "wasserstein"}):
        assert undecided_output(objective(**settings)) is None
    assert loss_range(objective(loss="wasserstein")) is None


@pytest.mark.parametrize(
    "settings", [{"loss": "lsgan"}, {"loss": "hinge"}, {"loss": "wasserstein"}, *RELATIVISTIC]
)
def test_scores_are_called_no_probability_and_have_no_bounds(objective, settings):
    output = output_of(objective(**settings))
    assert "no probability" in output.note
    assert output.range == (None, None)
    # They are the logits themselves.
    logits = torch.tensor([-3.0, 9.0])
    assert mean_output(logits, objective(**settings)).item() == 3


@pytest.mark.parametrize("loss", ["bce", "minimax"])
def test_probabilities_lie_between_0_and_1(objective, loss):
    output = output_of(objective(loss=loss))
    assert output.note == ""
    assert output.range == (0, 1)
    assert 0.4 < mean_output(torch.tensor([-90.0, 90.0]), objective(loss=loss)).item() < 0.6


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_has_labels_where_its_entry_says_so(objective, loss):
    torch.manual_seed(0)
    logits, plain = torch.tensor(REAL + FAKE), objective(loss=loss)

    def changed(**settings):
        # Not through the schema, which would refuse them where there are no labels.
        other = plain.model_copy(update=settings)
        found = discriminator_loss(logits, -logits, other)
        return not torch.equal(found, discriminator_loss(logits, -logits, plain))

    assert changed(label_flip=0.5) is LOSSES[loss].flipped_labels
    if LOSSES[loss].smoothed_labels:
        assert changed(real_label=0.9)


def test_a_loss_without_pairs_refuses_them(objective):
    pairs = objective(loss="lsgan").model_copy(update={"relativistic": True})
    with pytest.raises(ValueError, match="lsgan has no relativistic form"):
        discriminator_loss(torch.zeros(2), torch.zeros(2), pairs)


def test_only_real_labels_are_smoothed_and_only_for_the_discriminator(objective):
    smooth = objective(real_label=0.9)
    best = torch.full((4,), math.log(9.0))
    sure = torch.full((4,), -50.0)
    floor = -(0.9 * math.log(0.9) + 0.1 * math.log(0.1))
    assert discriminator_loss(best, sure, smooth).item() == pytest.approx(floor, abs=1e-6)
    assert floor == pytest.approx(0.325, abs=5e-4)
    fake = torch.tensor(FAKE)
    assert torch.equal(generator_loss(fake, smooth), generator_loss(fake, objective()))


def test_flipped_labels_exchange_that_share(objective):
    torch.manual_seed(0)
    flipped = objective(label_flip=0.25)
    real, fake = torch.full((40_000,), 30.0), torch.full((40_000,), -30.0)
    # A flipped label costs 30 where an honest one costs nothing.
    assert discriminator_loss(real, fake, flipped).item() == pytest.approx(15, rel=0.05)
    assert torch.equal(generator_loss(fake, flipped), generator_loss(fake, objective()))


def test_d_of_x_is_the_mean_of_sigmoids_not_the_sigmoid_of_the_mean(objective):
    logits = torch.tensor([0.0, 4.0])
    assert mean_output(logits, objective()).item() == pytest.approx((0.5 + sigmoid(4)) / 2)
    assert mean_output(logits, objective()).item() != pytest.approx(sigmoid(2), abs=1e-2)
    assert mean_output(logits, objective(loss="hinge")).item() == 2


def test_feature_distance_is_that_of_the_means():
    real, fake = torch.tensor([[1.0, 2.0], [3.0, 6.0]]), torch.tensor([[0.0, 4.0], [2.0, 6.0]])
    assert feature_distance(real, fake).item() == pytest.approx((1 + 1) / 2)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"loss": "lsgan", "relativistic": True}, "relativistic"),
        ({"loss": "hinge", "real_label": 0.9}, "real_label"),
        ({"loss": "wasserstein", "label_flip": 0.1}, "label_flip"),
        ({"weight_clip": 0.01}, "weight_clip"),
        ({"loss": "wasserstein", "gradient_penalty": 10}, "norm_d = batch"),
    ],
)
def test_settings_that_do_not_fit_are_refused(objective, changes, words):
    with pytest.raises(Exception, match=words):
        objective(**changes)
