"""Training as two real processes is the training of one, to rounding."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from settings import ROOT
from train.ranks import norm_inputs, norm_outputs, rollback, run_ranks, steps
from train.test_guard import EXPLODING

from dcgan_core.data.batches import RealBatches
from dcgan_core.device import resolve
from dcgan_core.device.distributed import ALONE, World
from dcgan_core.errors import UserError
from dcgan_core.nets.across_ranks import Dropout

TINY_RECIPE = {"model.ngf": 4, "model.ndf": 4, "model.latent": 8, "train.batch_size": 8}
SAME = {
    "shipped": ({}, ""),
    "tutorial-64": ({}, "tutorial-64"),
    "wide-64-wgan-gp": ({}, "wide-64-wgan-gp"),
    "all that compares or draws": (
        {
            "model.dropout": 0.3,
            "model.noise_inputs": True,
            "model.minibatch_std": True,
            "model.minibatch_discrimination": 4,
            "objective.label_flip": 0.2,
            "objective.feature_matching": 1,
            "objective.r1_gamma": 1,
            "objective.r2_gamma": 1,
            "objective.penalty_every": 2,
            "stabilise.noise": 0.2,
            "stabilise.augment": "diffaugment",
            "stabilise.replay": 0.5,
            "train.clip_gradients": 0.5,
        },
        "",
    ),
    "ada, pairs, spectral norm, penalty across the batch": (
        {
            "model.norm_d": "spectral",
            "model.minibatch_discrimination": 4,
            "objective.gradient_penalty": 10,
            "objective.relativistic": True,
            "stabilise.augment": "ada",
            "stabilise.ada_target": 0.01,
            "train.n_dis": 2,
        },
        "",
    ),
}
LONG = ("wide-64-wgan-gp", "ada, pairs, spectral norm, penalty across the batch")


def difference(one: dict, other: dict) -> float:
    """The largest difference of any statistic, weight or buffer."""
    pairs = [(one["statistics"], other["statistics"])]
    for mine, theirs in zip(one["states"], other["states"], strict=True):
        assert list(mine) == list(theirs)
        pairs += [(mine[name], theirs[name]) for name in mine]
    return max((a.double() - b.double()).abs().max().item() for a, b in pairs)


@pytest.mark.parametrize(
    "name", [n if n not in LONG else pytest.param(n, marks=pytest.mark.slow) for n in SAME]
)
def test_two_ranks_take_the_steps_of_one(pack, tmp_path, name):
    settings, recipe = SAME[name]
    given = {"pack": str(pack), "settings": {**TINY_RECIPE, **settings}, "recipe": recipe}
    alone = steps(resolve("cpu", threads=1), ALONE, tmp_path, **given)
    ranks = run_ranks(2, "steps", tmp_path / "two", **given)
    assert alone["statistics"].shape == (20, 5)
    assert difference(alone, ranks[0]) < 1e-5
    assert difference(ranks[0], ranks[1]) == 0


@pytest.mark.parametrize(("before", "after"), [(2, 1), (1, 2)])
def test_a_run_goes_on_with_another_number_of_ranks(pack, tmp_path, before, after):
    settings = {"stabilise.replay": 0.5, "stabilise.augment": "ada", "watch.every": 5}
    given = {"pack": str(pack), "settings": settings}
    whole = steps(resolve("cpu", threads=1), ALONE, tmp_path, **given)
    given["work"] = str(tmp_path / "work")
    run_ranks(before, "steps", tmp_path / "before", **given, until=9)
    found = run_ranks(after, "steps", tmp_path / "after", **given)[0]
    assert len(found["statistics"]) == 11
    found["statistics"] = torch.cat([whole["statistics"][:9], found["statistics"]])
    assert difference(whole, found) < 1e-5


def test_batch_norm_of_each_ranks_own_images_is_another_training(pack, tmp_path):
    given = {"pack": str(pack), "settings": {"train.sync_batch_norm": False}}
    alone = steps(resolve("cpu", threads=1), ALONE, tmp_path, **given)
    ranks = run_ranks(2, "steps", tmp_path / "two", **given)
    assert difference(alone, ranks[0]) > 1e-3
    # Running statistics too are one for all ranks.
    assert difference(ranks[0], ranks[1]) == 0


def test_two_ranks_roll_back_as_one_does(pack, tmp_path):
    settings = {**EXPLODING, "watch.action": "rollback", "watch.lr_factor": 0.000001}
    given = {"pack": str(pack), "settings": settings}
    alone = rollback(resolve("cpu", threads=1), ALONE, tmp_path, **given)
    ranks = run_ranks(2, "rollback", tmp_path / "two", **given)
    for found in ranks:
        assert (found["rollbacks"], found["step"]) == (1, 36)
        assert difference(alone, found) < 1e-5
    assert ranks[0]["kept"] == alone["kept"] == ["previews", "rows.jsonl", "snapshots", "state.pt"]
    assert ranks[1]["kept"] == []


def test_of_two_ranks_that_rolled_back_too_often_the_first_alone_says_so(pack, tmp_path):
    settings = {**EXPLODING, "watch.action": "rollback", "watch.lr_factor": 0.9}
    first, other = run_ranks(2, "ending", tmp_path / "two", pack=str(pack), settings=settings)
    assert first["ended"].startswith("UserError: train 16: rolled back 3 times")
    assert len([said for said in first["said"] if "back to step 0" in said]) == 3
    assert other == {"ended": "ToldElsewhere: 2", "said": []}


def test_of_two_ranks_that_cannot_read_their_state_the_first_alone_says_so(pack, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    (work / "state.pt").write_bytes(b"torn")
    given = {"pack": str(pack), "settings": {}, "work": str(work)}
    first, other = run_ranks(2, "ending", tmp_path / "two", **given)
    assert first["ended"].startswith(f"UserError: {work / 'state.pt'}: the training state cannot")
    assert other["ended"] == "ToldElsewhere: 2"


def test_a_failure_on_one_rank_ends_all_and_is_told_by_the_first(tmp_path):
    first, other = run_ranks(2, "words", tmp_path / "two")
    first_alone, other_alone = "rank 0 went on", "rank 1 went on"
    assert first == [
        "UserError: rank 1 failed",
        first_alone,
        "UserError: rank 0 failed",
        first_alone,
        "True",
        "False",
    ]
    assert other == [
        "ToldElsewhere: 2",
        other_alone,
        "ToldElsewhere: 2",
        first_alone,
        "True",
        "False",
    ]


@pytest.mark.parametrize("kind", ["batch", "renorm"])
def test_synchronised_batch_norm_is_that_of_the_whole_batch(tmp_path, kind):
    torch.set_default_dtype(torch.float64)
    try:
        layer, maps, weight = norm_inputs(kind)
        expected = norm_outputs(layer, maps.requires_grad_(), weight)
    finally:
        torch.set_default_dtype(torch.float32)
    ranks = run_ranks(2, "norm", tmp_path / "two", kind=kind)
    for index, found in enumerate(ranks):
        own = slice(4 * index, 4 * index + 4)
        torch.testing.assert_close(found["out"], expected["out"][own])
        torch.testing.assert_close(found["state"], expected["state"])
        for kind in ("gradients", "second"):
            torch.testing.assert_close(found[kind][0], expected[kind][0][own])
    for kind in ("gradients", "second"):
        # A parameter's gradient is the sum of what each rank's rows give.
        for position, whole in enumerate(expected[kind][1:], start=1):
            total = sum(found[kind][position] for found in ranks)
            torch.testing.assert_close(total, whole)


@pytest.mark.parametrize("count", [48, 50])
def test_ranks_see_no_image_of_an_epoch_twice_in_an_order_of_its_own(tmp_path, count):
    path = tmp_path / "train.npy"
    codes = np.arange(count, dtype=np.uint8)
    np.save(path, np.broadcast_to(codes[:, None, None, None], (count, 16, 16, 3)).copy())
    cpu = torch.device("cpu")
    orders = []
    for epoch in range(2):
        seen = []
        for rank in range(3):
            shard = RealBatches(path, 12, 0, False, cpu, World(rank, 3))
            assert len(shard) == 4
            seen += [shard.batch(epoch, index)[:, 0, 0, 0] for index in range(len(shard))]
        orders.append([round((value.item() + 1) * 127.5) for rows in seen for value in rows])
        # What does not fill a batch is left out: nothing is padded or repeated.
        assert len(orders[-1]) == len(set(orders[-1])) == 48
        assert set(orders[-1]) <= set(range(count))
    assert orders[0] != orders[1]


def test_dropout_of_a_rank_does_nothing_in_eval_mode():
    maps, drawn = torch.randn(4, 3, 8, 8), torch.get_rng_state()
    assert torch.equal(Dropout(0.5, World(0, 2)).eval()(maps), maps)
    assert torch.equal(torch.get_rng_state(), drawn)


def test_a_batch_that_cannot_be_shared_out_is_told(pack):
    with pytest.raises(UserError, match=r"batch_size = 8 .* into 3 processes; .* such as 6,"):
        RealBatches(pack, 8, 0, False, torch.device("cpu"), World(0, 3))


HANGS = """
import signal, sys, time
from dcgan_core.process import hang_guard
hang_guard.SECONDS = 0.5
signal.signal(signal.SIGTERM, lambda *_: None)
with hang_guard.end_when_hung():
    print("ready", flush=True)
    time.sleep(60)
"""


def hanging(prefix: str = "") -> subprocess.Popen:
    """A process that sleeps through SIGTERM, that ends when it hangs."""
    return subprocess.Popen(
        [sys.executable, "-c", prefix + HANGS],
        env={"PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_rank_that_waits_in_vain_ends_after_a_signal():
    process = hanging()
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "same command goes on" in said


def test_a_rank_whose_launcher_is_gone_ends():
    prefix = "import os, time\nif os.fork(): time.sleep(60)\nprint(os.getpid(), flush=True)\n"
    launcher = hanging(prefix)
    rank = int(launcher.stdout.readline())
    assert launcher.stdout.readline() == "ready\n"
    launcher.kill()
    # The pipe closes when the last process that holds it, the rank, has ended.
    started = time.monotonic()
    assert launcher.communicate(timeout=20)[0] == ""
    assert time.monotonic() - started < 20, rank
