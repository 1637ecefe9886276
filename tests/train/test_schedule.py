"""The learning rate against its straight line, and in the optimisers."""

import pytest

from dcgan_core.device import resolve
from dcgan_core.train.loop import train_rounds
from dcgan_core.train.run import Run
from dcgan_core.train.schedule import SCHEDULES, lr_factor


@pytest.mark.parametrize(
    ("schedule", "step", "decay_from", "factor"),
    [
        ("linear", 0, 0.0, 1.0),
        ("linear", 50, 0.5, 1.0),
        ("linear", 75, 0.5, 0.5),
        ("linear", 99, 0.5, 0.02),
        ("linear", 25, 0, 0.75),
        ("constant", 99, 0, 1.0),
        ("cosine", 50, 0, 0.5),
        ("cosine", 75, 0.5, 0.5),
        ("cosine", 25, 0, 0.8535534),
        ("exponential", 50, 0, 0.1),
        ("exponential", 75, 0.5, 0.1),
    ],
)
def test_the_factor_is_one_and_then_falls(tiny, schedule, step, decay_from, factor):
    settings = tiny({"train.schedule": schedule, "train.decay_from": decay_from}).train
    assert lr_factor(step, 100, settings) == pytest.approx(factor)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_fall_begins_at_one_and_never_rises(schedule):
    factors = [SCHEDULES[schedule](done / 100) for done in range(100)]
    assert factors[0] == 1
    assert sorted(factors, reverse=True) == factors
    assert factors[-1] > 0


def test_the_rate_rises_first(tiny):
    settings = tiny({"train.schedule": "constant", "train.warmup": 4}).train
    assert [lr_factor(step, 100, settings) for step in range(5)] == [0.25, 0.5, 0.75, 1, 1]


def test_warmup_cosine_and_a_ratio_of_rates_reach_both_optimisers(tiny, pack, tmp_path):
    settings = {"train.lr": 0.01, "train.ttur": 3, "train.warmup": 4}
    fall = {"train.schedule": "cosine", "train.decay_from": 0.25}
    run = Run(tiny({**settings, **fall}), "16", resolve("cpu"), pack, tmp_path)
    original, seen = run.stepper.step, []

    def step(next_real):
        optimizers = (run.stepper.optimizer_g, run.stepper.optimizer_d)
        seen.append([optimizer.param_groups[0]["lr"] for optimizer in optimizers])
        return original(next_real)

    run.stepper.step = step
    train_rounds(run, stop=False)
    rates = [0.01 * lr_factor(step, 18, run.settings) for step in range(18)]
    assert rates[0] < rates[4] > rates[17]
    assert [rate for rate, _ in seen] == pytest.approx(rates)
    assert [rate for _, rate in seen] == pytest.approx([3 * rate for rate in rates])


def test_both_optimisers_follow_it(tiny, pack, tmp_path):
    params = tiny({"train.decay_from": 0.5, "train.lr": 0.01, "train.epochs": 2})
    run = Run(params, "16", resolve("cpu"), pack, tmp_path)
    seen = []
    original = run.stepper.step

    def step(next_real):
        seen.append(run.stepper.optimizer_d.param_groups[0]["lr"])
        assert run.stepper.optimizer_g.param_groups[0]["lr"] == seen[-1]
        return original(next_real)

    run.stepper.step = step
    train_rounds(run, stop=False)
    assert seen[:7] == [0.01] * 7
    assert seen[7:] == pytest.approx([0.01 * (12 - step) / 6 for step in range(7, 12)])
