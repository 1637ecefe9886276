"""A run cut off anywhere and taken up again ends in the same bits."""

import csv
import json
import math
import signal

import pytest
import torch

from dcgan_core.device import resolve
from dcgan_core.errors import Interrupted, UserError
from dcgan_core.files import sha256_file
from dcgan_core.process.cores import available_cores
from dcgan_core.process.locks import hold
from dcgan_core.train.loop import train, train_rounds
from dcgan_core.train.run import Run
from dcgan_core.train.state.checkpoint import load_state, save_state


class StopAfter:
    """Asks for a stop at the given step."""

    def __init__(self, steps):
        self.steps = steps

    def __bool__(self):
        self.steps -= 1
        return self.steps < 0


def digest(work):
    files = [
        *sorted((work / "snapshots").iterdir()),
        work / "final.safetensors",
        work / "discriminator.safetensors",
    ]
    return {path.name: sha256_file(path) for path in files}


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_interrupted_runs_end_in_the_same_bits(tiny, pack, tmp_path, precision):
    params = tiny({"train.precision": precision, "train.n_dis": 2, "objective.penalty_every": 3})
    device = resolve("cpu")
    train(params, "16", device, pack, tmp_path / "whole")
    for stops in ((1,), (2, 3), (0, 0, 4)):
        work = tmp_path / f"cut-{len(stops)}"
        for steps in stops:
            run = Run(params, "16", device, pack, work)
            run.resume()
            with pytest.raises(Interrupted, match="same command"):
                train_rounds(run, StopAfter(steps))
        train(params, "16", device, pack, work)
        assert digest(work) == digest(tmp_path / "whole")


def test_a_run_leaves_what_the_stage_promises(tiny, pack, tmp_path):
    params = tiny({"train.epochs": 5, "train.snapshots": 4})
    train(params, "16", resolve("cpu"), pack, tmp_path)
    kept = [path.name for path in sorted((tmp_path / "snapshots").glob("images_*"))]
    assert kept == [f"images_{48 * epoch:09d}.safetensors" for epoch in (1, 2, 4, 5)]
    assert len(list((tmp_path / "previews").iterdir())) == 5
    networks = {"snapshots", "final.safetensors", "discriminator.safetensors"}
    stage = networks | {"history.csv", "gradients.csv", "run.json"}
    assert {path.name for path in tmp_path.iterdir()} == {
        *(stage | {"lock", "state.pt", "rows.jsonl", "previews", "train.npy"})
    }
    with (tmp_path / "history.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [int(row["step"]) for row in rows] == [1, *range(2, 31, 2)]
    assert [int(row["images"]) for row in rows] == [8 * int(row["step"]) for row in rows]
    assert all(float(row["grad_norm_d"]) > 0 for row in rows)


PROBABILITY = {"name": "mean probability of real", "note": "", "lowest": 0, "highest": 1}


@pytest.mark.parametrize(
    ("settings", "equilibrium", "floor", "output"),
    [
        (
            {},
            {"loss_d": 2 * math.log(2), "loss_g": math.log(2), "output": 0.5},
            0,
            PROBABILITY,
        ),
        (
            {"objective.real_label": 0.9},
            {
                "loss_d": -0.9 * math.log(0.45) - 1.1 * math.log(0.55),
                "loss_g": -math.log(0.45),
                "output": 0.45,
            },
            -0.9 * math.log(0.9) - 0.1 * math.log(0.1),
            PROBABILITY,
        ),
        (
            {"objective.loss": "hinge", "objective.d_loss": "mean"},
            {"loss_d": 1, "loss_g": 0, "output": None},
            0,
            None,
        ),
        (
            {"objective.loss": "wasserstein"},
            {"loss_d": None, "loss_g": None, "output": None},
            None,
            None,
        ),
    ],
)
def test_the_record_says_how_to_read_the_history(
    tiny, pack, tmp_path, settings, equilibrium, floor, output
):
    params = tiny({"train.epochs": 1, **settings})
    train(params, "16", resolve("cpu"), pack, tmp_path)
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["loss"] == params.objective.loss
    assert record["equilibrium"] == pytest.approx(equilibrium)
    assert record["floor"] == {"loss_d": pytest.approx(floor)}
    if output is None:
        assert "no probability" in record["output"].pop("note")
        output = {"name": "mean score", "lowest": None, "highest": None}
    assert record["output"] == output


def test_another_seed_gives_other_weights(tiny, pack, tmp_path):
    for seed in (0, 1):
        train(tiny({"train.seed": seed}), "16", resolve("cpu"), pack, tmp_path / str(seed))
    assert digest(tmp_path / "0") != digest(tmp_path / "1")


def test_a_signal_ends_the_run_cleanly_with_its_state_saved(tiny, pack, tmp_path):
    run = Run(tiny(), "16", resolve("cpu"), pack, tmp_path)
    original = run.stepper.step

    def step_and_signal(next_real):
        signal.raise_signal(signal.SIGINT)
        return original(next_real)

    from dcgan_core.process.signals import stop_on_signals

    run.stepper.step = step_and_signal
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(Interrupted), stop_on_signals() as stop:
        train_rounds(run, stop)
    assert signal.getsignal(signal.SIGINT) is before
    assert load_state(tmp_path / "state.pt")["step"] == 1


def test_losses_that_are_lost_are_told(tiny, pack, tmp_path):
    params = tiny()
    run = Run(params, "16", resolve("cpu"), pack, tmp_path)
    with torch.no_grad():
        next(run.stepper.generator.parameters()).fill_(float("nan"))
    with pytest.raises(UserError, match=r"step 1: Not finite.*Lower train.lr"):
        train_rounds(run, stop=False)


def test_more_discriminator_updates_than_batches_is_told(tiny, pack, tmp_path):
    with pytest.raises(UserError, match=r"train.n_dis = 7"):
        Run(tiny({"train.n_dis": 7}), "16", resolve("cpu"), pack, tmp_path)


def test_the_state_holds_no_code_and_a_broken_one_is_told(tmp_path):
    path = tmp_path / "state.pt"
    assert load_state(path) is None
    save_state(path, {"step": 3, "nested": {"x": [torch.ones(2)]}})
    state = load_state(path)
    assert state["step"] == 3
    assert torch.equal(state["nested"]["x"][0], torch.ones(2))
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(UserError, match=r"state.pt.*Delete it"):
        load_state(path)


def test_a_training_that_runs_already_is_left_alone(tiny, pack, tmp_path):
    other = hold(tmp_path / "lock")
    assert other is not None
    with pytest.raises(UserError, match="another process"):
        train(tiny(), "16", resolve("cpu"), pack, tmp_path)
    other.close()
    train(tiny(), "16", resolve("cpu"), pack, tmp_path)


@pytest.mark.skipif(available_cores() < 2, reason="one core: there is no second number of threads")
def test_every_place_of_a_training_is_recorded_with_the_step_it_began_at(tiny, pack, tmp_path):
    """Bits depend on threads, processes and device: the last one alone would mislead."""
    params = tiny()
    for threads, steps in ((1, 3), (2, 1), (2, 2)):
        run = Run(params, "16", resolve("cpu", threads=threads), pack, tmp_path)
        run.resume()
        with pytest.raises(Interrupted):
            train_rounds(run, StopAfter(steps))
    train(params, "16", resolve("cpu", threads=1), pack, tmp_path)
    record = json.loads((tmp_path / "run.json").read_text())
    places = [(place["from_step"], place["device"]) for place in record["ran_on"]]
    assert [step for step, _ in places] == [0, 4, 9]
    assert [device.split(", ")[1] for _, device in places] == [
        "1 threads)",
        "2 threads)",
        "1 threads)",
    ]
    assert record["device"] == places[-1][1]
