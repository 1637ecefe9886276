"""What a training does when it goes wrong for real, as the settings say."""

import copy
import json
import logging

import numpy as np
import pytest
import torch
from train.test_run import StopAfter, digest

from dcgan_core.device import resolve
from dcgan_core.device.distributed import ALONE
from dcgan_core.errors import Interrupted, UserError
from dcgan_core.progress import Progress
from dcgan_core.tables import read_table
from dcgan_core.train.loop import train_rounds
from dcgan_core.train.run import Run
from dcgan_core.train.state.checkpoint import load_state, shared_state

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
        train_rounds(training, stop=False)


def test_a_rollback_goes_on_from_the_last_good_state_with_lower_rates(tiny, pack, tmp_path, caplog):
    caplog.set_level(logging.WARNING, "dcgan")
    mild = {**EXPLODING, "watch.action": "rollback", "watch.lr_factor": 0.000001}
    training = run(tiny, pack, tmp_path, mild)
    train_rounds(training, stop=False)
    training.finish()
    assert training.guard.rollbacks == 1
    assert training.stepper.optimizer_d.param_groups[0]["lr"] < 0.01
    assert training.position.epoch == 6
    assert all(p.isfinite().all() for p in training.stepper.generator.parameters())
    assert "back to step 0" in caplog.text
    noted = json.loads((tmp_path / "run.json").read_text())["watch"]
    assert len(noted) == 2
    lost, back = noted
    assert f"step {lost['step']}: Not finite" in caplog.text
    assert back["step"] == lost["step"]
    assert lost["words"].startswith("Not finite")
    assert "Lower train.lr" in lost["advice"]
    assert back == {
        "step": lost["step"],
        "words": "Went back to step 0, learning rates now 1e-06 of what they were set to.",
        "advice": "",
    }
    assert (tmp_path / "final.safetensors").exists()


def test_a_rollback_takes_rows_and_bar_back_with_it(tiny, pack, tmp_path, monkeypatch):
    bars = []

    class Watched(Progress):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            bars.append(self)

    monkeypatch.setattr("dcgan_core.progress.Progress", Watched)
    back = {"watch.action": "rollback", "watch.lr_factor": 0.000001, "train.log_every": 1}
    training = run(tiny, pack, tmp_path, {**EXPLODING, **back})
    train_rounds(training, stop=False)
    assert training.guard.rollbacks == 1
    rows = training.history.rows
    assert [row["step"] for row in rows] == list(range(1, 37))
    assert [row["images"] for row in rows] == [8 * step for step in range(1, 37)]
    assert [row["epoch"] for row in rows] == [1 + (step - 1) // 6 for step in range(1, 37)]
    assert all(row["img_per_s"] > 0 for row in rows)
    assert rows == sorted(rows, key=lambda row: row["seconds"])
    (bar,) = bars
    assert (bar.done, bar.total) == (36, 36)


def test_going_back_leaves_no_snapshot_of_an_epoch_that_is_not_reached_again(tiny, pack, tmp_path):
    settings = {"watch.action": "rollback", "train.epochs": 4}
    training = run(tiny, pack, tmp_path, settings)
    keep, check, went_back = training.guard.keep, training.guard.check, []

    def keep_first(state):
        if state["step"] <= 6:
            keep(state)

    def check_at_20(step, result):
        if step == 20 and not went_back:
            went_back.append(step)
            return shared_state(training.guard.good, ALONE)
        return check(step, result)

    training.guard.keep, training.guard.check = keep_first, check_at_20
    training.early.observe = lambda losses: bool(went_back)
    train_rounds(training, stop=False)
    assert (training.position.epoch, training.position.step) == (2, 12)
    kept = sorted(path.name for path in (tmp_path / "snapshots").iterdir())
    assert kept == ["images_000000048.safetensors", "images_000000096.safetensors"]


@pytest.mark.parametrize(("stopped_at", "good"), [(1, 0), (6, 6), (8, 6)])
def test_a_good_state_is_kept_through_a_stop_anywhere(tiny, pack, tmp_path, stopped_at, good):
    changes = {"watch.action": "rollback"}
    training = run(tiny, pack, tmp_path, changes)
    with pytest.raises(Interrupted):
        train_rounds(training, StopAfter(stopped_at - 1))
    assert load_state(tmp_path / "state.pt")["step"] == stopped_at
    again = run(tiny, pack, tmp_path, changes)
    again.resume()
    assert again.guard.good["step"] == good
    kept = torch.cat([w.flatten() for w in weights_of(again.guard.good)])
    assert torch.equal(kept, torch.cat([w.flatten() for w in weights_of(training.guard.good)]))


def weights_of(state) -> list[torch.Tensor]:
    """Every tensor in a state, in order."""
    if isinstance(state, torch.Tensor):
        return [state.double()]
    items = state.values() if isinstance(state, dict) else state
    return [
        weight
        for item in items
        if isinstance(item, (dict, list, torch.Tensor))
        for weight in weights_of(item)
    ]


@pytest.mark.parametrize("stop", [1, 5, 9, 17])
def test_a_training_that_goes_back_ends_in_the_same_bits_if_it_is_cut_off(
    tiny, pack, tmp_path, stop
):
    """Before the rollback, right after it, and later."""
    changes = {"watch.action": "rollback", "watch.lr_factor": 0.000001, "train.log_every": 1}
    found = []
    for stops in ((), (stop,), (stop, 2)):
        work = tmp_path / f"cut-{len(stops)}"
        for steps in stops:
            training = run(tiny, pack, work, {**EXPLODING, **changes})
            training.resume()
            with pytest.raises(Interrupted):
                train_rounds(training, StopAfter(steps))
        training = run(tiny, pack, work, {**EXPLODING, **changes})
        training.resume()
        train_rounds(training, stop=False)
        training.finish()
        assert training.guard.rollbacks == 1
        told = training.guard.told
        rows = [
            {k: v for k, v in row.items() if k not in ("seconds", "img_per_s")}
            for row in training.history.rows
        ]
        gradients = (work / "gradients.csv").read_bytes()
        found.append((digest(work), rows, gradients, told))
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("action", ["warn", "off"])
def test_it_looks_when_asked_to(tiny, pack, tmp_path, action):
    training = run(tiny, pack, tmp_path, {"watch.every": 5, "watch.action": action})
    looks, look = [], training.guard.watch.look

    def watched(step, *seen):
        looks.append(step)
        return look(step, *seen)

    training.guard.watch.look = watched
    train_rounds(training, stop=False)
    assert looks == ([1, 5, 10, 15] if action == "warn" else [])
    # How much gradient reaches each layer is recorded all the same.
    assert sorted({row["step"] for row in training.guard.table.rows()}) == [1, 5, 10, 15]


def test_a_state_lost_between_two_looks_is_not_kept_as_good(tiny, pack, tmp_path):
    training = run(tiny, pack, tmp_path, {"watch.action": "rollback"})
    training.guard.keep({"step": 1})
    kept = dict(training.guard.good)
    assert training.guard.watch.healthy
    with torch.no_grad():
        next(training.stepper.generator.parameters())[0] = float("nan")
    training.guard.keep({"step": 2})
    assert training.guard.good == kept == {"step": 1}


def test_rollbacks_end(tiny, pack, tmp_path):
    hopeless = {**EXPLODING, "watch.action": "rollback", "watch.lr_factor": 0.9}
    training = run(tiny, pack, tmp_path, hopeless)
    with pytest.raises(UserError, match="rolled back 3 times"):
        train_rounds(training, stop=False)


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
        train_rounds(training, stop=False)
    assert training.position.step <= 200


def test_a_watched_training_has_an_unwatched_ones_bits(tiny, pack, tmp_path):
    ends = []
    for action in ("off", "warn"):
        changes = {"watch.action": action, "watch.every": 1}
        training = run(tiny, pack, tmp_path / action, changes)
        train_rounds(training, stop=False)
        training.finish()
        ends.append(copy.deepcopy(training.stepper.ema.shadow.state_dict()))
        rows = read_table(tmp_path / action / "gradients.csv")
        assert {row["network"] for row in rows} == {"generator", "discriminator"}
        assert all(np.isfinite(float(row["mean"])) for row in rows)
    assert all(torch.equal(a, b) for a, b in zip(ends[0].values(), ends[1].values(), strict=True))


def test_what_was_said_stands_in_the_record(tiny, pack, tmp_path, caplog):
    caplog.set_level(logging.WARNING, "dcgan")
    losing = {
        "model.ndf": 32,
        "train.lr": 0.000002,
        "train.ttur": 1000,
        "train.epochs": 34,
        "objective.r1_gamma": 0,
        "watch.action": "warn",
        "watch.every": 10,
    }
    training = run(tiny, pack, tmp_path, losing)
    train_rounds(training, stop=False)
    training.finish()
    noted = json.loads((tmp_path / "run.json").read_text())["watch"]
    said = [f"train 16, step {n['step']}: {n['words']} {n['advice']}" for n in noted]
    assert said
    told = [record.getMessage() for record in caplog.records]
    assert said == [words for words in told if words.startswith("train 16, step")]


def test_a_quiet_training_has_nothing_in_the_record(tiny, pack, tmp_path):
    training = run(tiny, pack, tmp_path, {})
    train_rounds(training, stop=False)
    training.finish()
    assert json.loads((tmp_path / "run.json").read_text())["watch"] == []
