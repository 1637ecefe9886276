"""A trial is the real training, the comparison is arithmetic, and faults fail it."""

import csv
import json
import math
import multiprocessing
import os
import subprocess
import sys

import numpy as np
import pytest
from settings import ROOT

from dcgan_core.device import resolve
from dcgan_core.doctor import accept
from dcgan_core.doctor.trial import Trial, drawn_codes, run_apart, run_trial
from dcgan_core.errors import UserError
from dcgan_core.params import load_params
from dcgan_core.train import train


def nothing(steps):
    """No progress bar."""


def test_pictures_are_alike_on_every_machine():
    codes = drawn_codes(16, 12, 3)
    assert codes.shape == (640, 16, 12, 3)
    # The four pixels of one square differ by its grain alone, at most 31 codes.
    squares = codes[:, ::2, :8].astype(int) - codes[:, 1::2, :8]
    assert 0 < np.abs(squares).max() <= 31
    assert codes[0, 0, :4, 0].tolist() == [191, 203, 69, 19]


def test_a_trial_has_the_losses_of_the_train_stage(tiny, tmp_path):
    every_step = {"train.epochs": 1, "train.log_every": 1, "train.batch_size": 64}
    params = tiny({**every_step, "train.schedule": "constant", "watch.action": "off"})
    for split in ("train", "validation"):
        np.save(tmp_path / f"{split}.npy", drawn_codes(16, 16, 3))
    train(params, "16", resolve("cpu"), tmp_path / "train.npy", tmp_path / "work")
    with open(tmp_path / "work" / "history.csv", encoding="utf-8") as stream:
        history = list(csv.DictReader(stream))
    done = []
    record = run_trial(Trial("cpu", "fp32", 10, "16"), params, done.append)
    assert done == [10]
    assert len(history) == 10
    for name in ("loss_d", "loss_g"):
        np.testing.assert_allclose([float(row[name]) for row in history], record[name], rtol=1e-5)


def test_a_trial_apart_is_the_same_and_its_precision_is_its_own(tiny):
    params = tiny()
    steps = []
    apart = [
        run_apart(Trial("cpu", precision, 12, "16"), params, steps.append)
        for precision in ("fp32", "fp32", "bf16")
    ]
    assert steps == [10, 2] * 3
    first, again, coarse = apart
    assert accept.largest_differences(first, again) == {1: 0, 10: 0}
    assert 0 < accept.largest_differences(first, coarse)[1] < 0.1
    assert first["img_per_s"] is None
    assert first["counters_after_step"] == {}
    assert 50 * 2**20 < first["peak_memory_bytes"] < 4 * 2**30


@pytest.mark.skipif(os.path.exists("/dev/nvidia0"), reason="this machine has a GPU")
def test_a_missing_device_is_one_line(tiny):
    with pytest.raises(UserError, match="no CUDA or ROCm GPU"):
        run_apart(Trial("gpu", "fp32", 2, "16"), tiny(), nothing)


def test_a_trial_that_is_killed_is_an_error(tiny):
    def kill(steps):
        (child,) = multiprocessing.active_children()
        child.kill()

    with pytest.raises(UserError, match="died with exit code -9"):
        run_apart(Trial("cpu", "fp32", 100_000, "16"), tiny(), kill)


def pair(difference, at, steps=60):
    """Two records whose generator losses differ by that much at that step."""
    first, second = ({"loss_d": [1.0] * steps, "loss_g": [2.0] * steps} for _ in range(2))
    second["loss_g"][at - 1] += difference
    return [
        {**record, "img_per_s": None, "peak_memory_bytes": 1, "counters_after_step": {}}
        | {"describes_itself_as": "a machine"}
        for record in (first, second)
    ]


@pytest.mark.parametrize(
    ("difference", "at", "found", "verdict"),
    [
        (0, 1, {1: 0, 10: 0, 50: 0}, "passed"),
        (0.5, 1, {1: 0.5, 10: 0.5, 50: 0.5}, "failed"),
        (0.03125, 10, {1: 0, 10: 0.03125, 50: 0.03125}, "passed"),
        (0.5, 10, {1: 0, 10: 0.5, 50: 0.5}, "failed"),
        (0.5, 11, {1: 0, 10: 0, 50: 0.5}, "passed"),
        (6, 50, {1: 0, 10: 0, 50: 6}, "failed"),
        (9, 51, {1: 0, 10: 0, 50: 0}, "passed"),
        (math.nan, 12, {1: 0, 10: 0, 50: None}, "failed"),
    ],
)
def test_the_verdict_follows_the_stated_tolerances(difference, at, found, verdict):
    record = accept.compare({"fp32": pair(difference, at)})
    assert record["precisions"]["fp32"]["largest_difference_up_to_step"] == found
    assert record["verdict"] == verdict
    assert bool(record["reasons"]) == (verdict == "failed")
    assert f"verdict: {verdict}" in accept.summary(record)
    json.dumps(record, allow_nan=False)


def test_a_file_that_cannot_be_written_is_refused_before_the_work(tmp_path):
    with pytest.raises(UserError, match="is a folder"):
        accept.check_target(tmp_path)
    with pytest.raises(UserError, match="missing or may not"):
        accept.check_target(tmp_path / "none" / "a.json")
    accept.check_target(tmp_path / "a.json")


@pytest.mark.slow
@pytest.mark.parametrize("fault", [{"train.lr": 0.00055}, {"train.beta1": 0.9}])
def test_a_device_that_trains_otherwise_fails(fault):
    """Whole trainings of the shipped networks, ten steps of each."""
    right, wrong = (
        run_apart(
            Trial("cpu", "fp32", 10, accept.SIZE),
            load_params(ROOT / "params.yaml", overrides, recipe=accept.RECIPE),
            nothing,
        )
        for overrides in ({}, fault)
    )
    assert accept.compare({"fp32": [right, right]})["verdict"] == "passed"
    assert accept.compare({"fp32": [wrong, right]})["verdict"] == "failed"


@pytest.mark.slow
def test_the_cpu_follows_itself_exactly_and_leaves_the_record(tmp_path):
    out = tmp_path / "acceptance.json"
    command = [sys.executable, "-m", "dcgan_core", "doctor", "--accept", "--device", "cpu"]
    result = subprocess.run(
        [*command, "--out", str(out)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=1800,
    )
    assert result.returncode == 0, result.stderr
    assert "open an issue" in result.stdout.splitlines()[-1]
    record = json.loads(out.read_text(encoding="utf-8"))
    assert (record["schema"], record["device"], record["verdict"]) == (1, "cpu", "passed")
    assert record["versions"]["torch"]
    assert record["settings"]["train"]["batch_size"] == 32
    for precision in ("fp32", "bf16"):
        found = record["precisions"][precision]
        assert found["largest_difference_up_to_step"] == {"1": 0, "10": 0, "50": 0, "200": 0}
        for side in ("device", "cpu"):
            assert len(found[side]["loss_d"]) == len(found[side]["loss_g"]) == 200
            assert found[side]["img_per_s"] > 0
