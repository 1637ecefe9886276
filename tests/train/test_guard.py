"""What a training does when it goes wrong for real, as the settings say."""

import copy
import logging

import numpy as np
import pytest
import torch

from dcgan_core.device import resolve
from dcgan_core.errors import UserError
from dcgan_core.tables import read_table
from dcgan_core.train.loop import Run

# Plain gradient descent with steps this long leaves the range of float32 within some steps.
EXPLODING = {
    "train.optimizer": "sgd",
    "train.lr": 1,
    "train.ttur": 1000,
    "train.beta1": 0,
    "train.weight_decay": 1,
    "objective.r1_gamma": 0,
    "watch.every": 2,
    "train.epochs": 6,
}


def run(tiny, pack, work, changes) -> Run:
    return Run(tiny(changes), "16", resolve("cpu"), pack, work)


def test_lost_networks_end_the_training_with_the_reason(tiny, pack, tmp_path):
    training = run(tiny, pack, tmp_path, EXPLODING)
    with pytest.raises(UserError, match=r"Not finite.*Lower train.lr"):
        training.loop(stop=False)


def test_a_rollback_goes_on_from_the_last_good_state_with_lower_rates(tiny, pack, tmp_path, caplog):
    caplog.set_level(logging.WARNING, "dcgan")
    mild = {**EXPLODING, "watch.action": "rollback", "watch.lr_factor": 0.000001}
    training = run(tiny, pack, tmp_path, mild)
    training.loop(stop=False)
    training.finish()
    assert training.guard.rollbacks == 1
    assert training.stepper.optimizer_d.param_groups[0]["lr"] < 0.01
    assert training.epoch == 6
    assert all(p.isfinite().all() for p in training.stepper.generator.parameters())
    assert "back to step 0" in caplog.text
    assert (tmp_path / "final.safetensors").exists()


def test_a_state_lost_between_two_looks_is_not_kept_as_good(tiny, pack, tmp_path):
    training = run(tiny, pack, tmp_path, {"watch.action": "rollback"})
    training.guard.keep({"step": 1})
    kept = training.guard.good.read_bytes()
    assert training.guard.watch.healthy
    with torch.no_grad():
        next(training.stepper.generator.parameters())[0] = float("nan")
    training.guard.keep({"step": 2})
    assert training.guard.good.read_bytes() == kept


def test_rollbacks_end(tiny, pack, tmp_path):
    hopeless = {**EXPLODING, "watch.action": "rollback", "watch.lr_factor": 0.9}
    training = run(tiny, pack, tmp_path, hopeless)
    with pytest.raises(UserError, match="rolled back 3 times"):
        training.loop(stop=False)


def test_stop_ends_at_the_first_finding(tiny, pack, tmp_path):
    """A discriminator with a thousand times the generator's rate wins."""
    losing = {
        "model.ndf": 32,
        "train.lr": 0.000002,
        "train.ttur": 1000,
        "train.epochs": 40,
        "objective.r1_gamma": 0,
        "watch.action": "stop",
        "watch.every": 10,
    }
    training = run(tiny, pack, tmp_path, losing)
    with pytest.raises(UserError, match="discriminator wins"):
        training.loop(stop=False)
    assert training.step <= 200


def test_a_watched_training_has_an_unwatched_ones_bits(tiny, pack, tmp_path):
    ends = []
    for action in ("off", "warn"):
        changes = {"watch.action": action, "watch.every": 1}
        training = run(tiny, pack, tmp_path / action, changes)
        training.loop(stop=False)
        training.finish()
        ends.append(copy.deepcopy(training.stepper.ema.shadow.state_dict()))
        rows = read_table(tmp_path / action / "gradients.csv")
        assert {row["network"] for row in rows} == {"generator", "discriminator"}
        assert all(np.isfinite(float(row["mean"])) for row in rows)
    assert all(torch.equal(a, b) for a, b in zip(ends[0].values(), ends[1].values(), strict=True))
