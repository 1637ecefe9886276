"""The learning rate against its straight line, and in the optimisers."""

import pytest

from dcgan_core.device import resolve
from dcgan_core.train.loop import Run
from dcgan_core.train.schedule import lr_factor


@pytest.mark.parametrize(
    ("step", "decay_from", "factor"),
    [(0, 0.0, 1.0), (50, 0.5, 1.0), (75, 0.5, 0.5), (99, 0.5, 0.02), (99, 1.0, 1.0), (25, 0, 0.75)],
)
def test_the_factor_is_one_and_then_a_line_to_zero(step, decay_from, factor):
    assert lr_factor(step, 100, decay_from) == pytest.approx(factor)


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
    run.loop(stop=False)
    assert seen[:7] == [0.01] * 7
    assert seen[7:] == pytest.approx([0.01 * (12 - step) / 6 for step in range(7, 12)])
