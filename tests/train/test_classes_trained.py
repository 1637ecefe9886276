"""Training with classes: which fakes are of which, exact resuming, ranks, and what is learned."""

import numpy as np
import pytest
import torch
from train.ranks import run_ranks, steps
from train.steppers import make_stepper, reals
from train.test_distributed import difference
from train.test_run import StopAfter, digest

from dcgan_core.data.batches import RealBatches
from dcgan_core.data.class_rows import training_classes
from dcgan_core.device import resolve
from dcgan_core.device.distributed import ALONE, World
from dcgan_core.errors import Interrupted, UserError
from dcgan_core.nets import Classes
from dcgan_core.nets.snapshot import load_discriminator, load_generator
from dcgan_core.sample.latents import draw_latents
from dcgan_core.sample.sampler import generate
from dcgan_core.train.loop import train, train_rounds
from dcgan_core.train.run import Run
from dcgan_core.train.stabilise.replay import Replay

CONDITIONAL = {"model.conditional": True, "download.source": "folder"}
KNOWN = Classes(("cat", "dog"), (5, 3))


def test_batches_tell_the_class_of_each_image(labelled):
    found = training_classes(labelled.parent, 48)
    batches = RealBatches(
        labelled, 12, 0, True, torch.device("cpu"), World(1, 2), classes=found.rows
    )
    codes = np.load(labelled).reshape(48, -1)
    sums = {row.sum(dtype=np.int64): found.rows[place] for place, row in enumerate(codes)}
    for epoch in (0, 1):
        images = batches.batch(epoch, 2)
        theirs = ((images + 1) * 127.5).round().flatten(1).sum(dim=1).long().tolist()
        assert batches.classes(epoch, 2).tolist() == [sums[total] for total in theirs]
    assert len(batches.first_classes(5)) == 5
    plain = RealBatches(labelled, 12, 0, True, torch.device("cpu"))
    assert plain.classes(0, 0) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"train.n_dis": 2, "train.fakes": "fresh"},
        {"objective.relativistic": True, "objective.feature_matching": 1},
        {
            "objective.gradient_penalty": 10,
            "model.norm_d": "layer",
            "objective.loss": "wasserstein",
        },
    ],
)
def test_fakes_are_of_the_classes_of_the_real_images_beside_them(tiny, changes):
    settings = tiny({**CONDITIONAL, "objective.r1_gamma": 0, **changes})
    stepper = make_stepper(settings, classes=KNOWN)
    made, scored = [], []
    stepper.generator.register_forward_pre_hook(lambda _, inputs: made.append(inputs[1]))
    stepper.discriminator.register_forward_pre_hook(lambda _, inputs: scored.append(inputs[1]))
    classes = torch.tensor([0, 1, 1, 0, 0, 0, 1, 1])
    stepper.step(lambda: (reals(), classes))
    assert made
    assert all(torch.equal(given, classes) for given in [*made, *scored])


def test_old_fakes_keep_their_classes():
    torch.manual_seed(0)
    replay = Replay(0.5)
    for value in range(20):
        classes = torch.full((100,), value)
        fakes, theirs = replay.mix(classes.float().view(-1, 1, 1, 1), classes)
        assert torch.equal(fakes.flatten().long(), theirs)
    assert len({*theirs.tolist()}) > 2
    other = Replay(0.5)
    other.load_state_dict(replay.state_dict())
    assert torch.equal(other.pool.flatten().long(), other.classes)
    assert "classes" not in Replay(0.5).state_dict()


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_interrupted_conditional_runs_end_in_the_same_bits(tiny, labelled, tmp_path, precision):
    params = tiny(
        {
            **CONDITIONAL,
            "train.precision": precision,
            "train.n_dis": 2,
            "stabilise.replay": 0.5,
            "model.norm_g": "renorm",
        }
    )
    device = resolve("cpu")
    train(params, "16", device, labelled, tmp_path / "whole")
    work = tmp_path / "cut"
    for count in (2, 0, 4):
        run = Run(params, "16", device, labelled, work)
        run.resume()
        with pytest.raises(Interrupted):
            train_rounds(run, StopAfter(count))
    train(params, "16", device, labelled, work)
    assert digest(work) == digest(tmp_path / "whole")
    known = Classes(("cat", "dog", "eel"), (12, 12, 24))
    assert load_generator(work / "final.safetensors").classes == known
    assert load_discriminator(work / "discriminator.safetensors").projection is not None


RANKS = {
    "shipped": {},
    "all that compares or draws": {
        "model.norm_g": "renorm",
        "model.minibatch_std": True,
        "objective.r2_gamma": 1,
        "objective.penalty_every": 2,
        "stabilise.augment": "diffaugment",
        "stabilise.replay": 0.5,
    },
}


@pytest.mark.parametrize("name", RANKS)
def test_two_ranks_take_the_conditional_steps_of_one(labelled, tmp_path, name):
    given = {"pack": str(labelled), "settings": {**CONDITIONAL, **RANKS[name]}}
    alone = steps(resolve("cpu", threads=1), ALONE, tmp_path, **given)
    ranks = run_ranks(2, "steps", tmp_path / "two", **given)
    assert difference(alone, ranks[0]) < 1e-5
    assert difference(ranks[0], ranks[1]) == 0


def test_without_labels_a_conditional_training_does_not_begin(tiny, labelled, tmp_path):
    table = labelled.with_name("images.csv")
    table.write_text(table.read_text().replace(",eel", ","))
    with pytest.raises(UserError, match="24 of 48 images have no label"):
        train(tiny(CONDITIONAL), "16", resolve("cpu"), labelled, tmp_path / "work")


def test_classes_that_differ_are_learned_apart(tiny):
    """By brightness, which a generator that is told nothing of classes would mix."""
    settings = {"train.lr": 0.01, "train.ema_decay": 0.9}
    stepper = make_stepper(tiny({**CONDITIONAL, **settings}), classes=KNOWN)
    classes = torch.tensor([0, 1] * 8)
    levels = torch.tensor([-0.6, 0.6])[classes].view(-1, 1, 1, 1)
    for step in range(50):
        stepper.step(lambda step=step: (levels + 0.3 * reals(step, count=16), classes))
    latents = draw_latents(30, 8, 1)
    dark, light = (
        generate(stepper.ema.shadow, latents, classes=torch.full((30,), one)).mean()
        for one in (0, 1)
    )
    assert dark < 100
    assert light > 155


@pytest.mark.slow
def test_a_compiled_conditional_training_is_the_plain_one(tiny):
    classes = torch.tensor([0, 1, 1, 0, 0, 0, 1, 1])
    losses = []
    for compiled in (False, True):
        settings = {**CONDITIONAL, "train.compile": compiled, "objective.penalty_every": 2}
        stepper = make_stepper(tiny(settings), classes=KNOWN)
        found = []
        for step in range(6):
            record = stepper.step(lambda step=step: (reals(step), classes))
            found.append([record.loss_d.item(), record.loss_g.item()])
        losses.append(torch.tensor(found))
    torch.testing.assert_close(*losses, atol=1e-4, rtol=1e-4)
