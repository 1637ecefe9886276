"""A finished training that is made longer is the training of that length."""

import logging
import shutil

import pytest
import torch
from train.test_run import StopAfter, digest

from dcgan_core.device import resolve
from dcgan_core.errors import Interrupted, UserError
from dcgan_core.train import Finished, position, train
from dcgan_core.train.loop import train_rounds
from dcgan_core.train.outputs.snapshots import kept_steps
from dcgan_core.train.position import Position
from dcgan_core.train.run import Run
from dcgan_core.train.state.extension import FILE, continue_finished

CPU = resolve("cpu")
CONSTANT = {"train.schedule": "constant", "train.epochs": 0, "train.snapshots": 4}


@pytest.fixture(autouse=True)
def short_rounds(monkeypatch):
    """Rounds of four steps."""
    monkeypatch.setattr(position, "IMAGES_A_ROUND", 32)


@pytest.fixture
def done(tiny, pack, tmp_path):
    """A function that trains in a folder, from another where one is named, and returns it."""

    def run(name: str, images: int, before: str = "", made_from: str = "same", **settings):
        params = tiny({**CONSTANT, "train.images": images, **settings})
        finished = Finished(tmp_path / (before or f"nothing before {name}"), made_from)
        train(params, "16", CPU, pack, tmp_path / name, finished=finished)
        return tmp_path / name

    return run


def rows(folder):
    """The history without what depends on time."""
    lines = (folder / "history.csv").read_text().splitlines()
    names = lines[0].split(",")
    kept = [place for place, name in enumerate(names) if name not in ("seconds", "img_per_s")]
    return [[line.split(",")[place] for place in kept] for line in lines]


HARD = {
    "objective.penalty_every": 3,
    "stabilise.augment": "ada",
    "stabilise.replay": 0.5,
    "stabilise.stop_on": "loss",
    "stabilise.patience": 50,
    "watch.action": "rollback",
}


@pytest.mark.parametrize(("first", "then"), [(64, 128), (72, 200), (40, 480), (72, 72)])
def test_an_extended_training_is_one_of_that_length(done, first, then):
    whole = done("whole", then, **HARD)
    done("short", first, **HARD)
    longer = done("longer", then, before="short", **HARD)
    assert digest(longer) == digest(whole)
    assert rows(longer) == rows(whole)
    assert (longer / "gradients.csv").read_text() == (whole / "gradients.csv").read_text()


def test_it_trains_no_step_twice(done, monkeypatch, caplog):
    done("short", 64)
    asked = []
    original = Run._open_batches

    def watched(self, *arguments):
        batches = original(self, *arguments)
        batch = batches.batch
        batches.batch = lambda *place: (asked.append(place), batch(*place))[1]
        return batches

    monkeypatch.setattr(Run, "_open_batches", watched)
    with caplog.at_level(logging.INFO, "dcgan"):
        done("longer", 128, before="short")
    assert len(asked) == 8
    assert "going on from the finished training, step 8" in caplog.text


def test_it_can_be_extended_again_and_cut_off(done, tiny, pack, tmp_path):
    whole = done("whole", 480)
    done("a", 64)
    done("b", 200, before="a")
    params = tiny({**CONSTANT, "train.images": 480})
    run = Run(params, "16", CPU, pack, tmp_path / "c")
    continue_finished(run, Finished(tmp_path / "b", "same"))
    with pytest.raises(Interrupted):
        train_rounds(run, StopAfter(3))
    shutil.rmtree(tmp_path / "b")
    assert digest(done("c", 480)) == digest(whole)


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ({"train.schedule": "linear"}, {"train.schedule": "linear"}, "train.schedule = linear had"),
        (
            {"stabilise.noise": 0.1, "stabilise.noise_until": 0.5},
            {"stabilise.noise": 0.1, "stabilise.noise_until": 0.5},
            "stabilise.noise_until had",
        ),
        ({}, {"train.images": 0, "train.epochs": 4}, "it had the other"),
        ({}, {"train.images": 32}, "it was longer than the 4 steps"),
        ({"train.snapshots": 2}, {"train.snapshots": 50}, "did not keep snapshots/images_0000"),
    ],
)
def test_one_that_cannot_be_extended_is_told_and_made_anew(done, caplog, before, after, reason):
    done("short", 96, **before)
    settings = {"train.images": 160, **after}
    images = settings.pop("train.images")
    with caplog.at_level(logging.INFO, "dcgan"):
        longer = done("longer", images, before="short", **settings)
    assert reason in caplog.text
    assert "Training from the start" in caplog.text
    assert digest(longer) == digest(done("whole", images, **settings))


def test_another_training_is_not_continued(done, caplog):
    done("short", 64)
    with caplog.at_level(logging.INFO, "dcgan"):
        done("longer", 128, before="short", made_from="other")
    assert "going on" not in caplog.text


def test_a_changed_snapshot_is_found(done, caplog):
    short = done("short", 64)
    (path, *_) = sorted((short / "snapshots").glob("images_*"))
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with caplog.at_level(logging.INFO, "dcgan"):
        done("longer", 128, before="short")
    assert f"{path} is not as it wrote it" in caplog.text


def test_a_damaged_state_is_refused(done):
    short = done("short", 64)
    content = bytearray((short / FILE).read_bytes())
    content[len(content) // 2] ^= 1
    (short / FILE).write_bytes(content)
    with pytest.raises(UserError, match=r"training_state\.pt: .*cannot be read"):
        done("longer", 128, before="short")


def test_the_state_holds_no_code(done):
    state = torch.load(done("short", 64) / FILE, weights_only=True)
    assert state["step"] == state["total"] == 8


@pytest.mark.parametrize("wanted", [2, 4, 8, 20])
def test_what_a_shorter_training_keeps_a_longer_one_has_or_leaves_out(tiny, wanted):
    settings = tiny({**CONSTANT, "train.images": 32, "train.batch_size": 8}).train
    kept = {}
    for rounds in range(1, 200):
        place = Position(6, settings.model_copy(update={"images": 32 * rounds}))
        kept[rounds] = kept_steps(place, wanted)
        assert {4, place.total} <= kept[rounds]
        assert abs(len(kept[rounds]) - wanted) <= wanted / 2 or rounds < wanted
    for short in range(1, 100):
        for longer in (short + 1, 2 * short, 199):
            assert {step for step in kept[longer] if step <= 4 * short} <= kept[short]


def test_snapshots_are_spread_over_the_shipped_length(monkeypatch):
    from settings import ROOT

    from dcgan_core.params import load_params

    monkeypatch.setattr(position, "IMAGES_A_ROUND", 2048)
    settings = load_params(ROOT / "params.yaml").train
    place = Position(597, settings)
    assert place.images_per_step * place.total == settings.images
    kept = {step * settings.batch_size for step in kept_steps(place, settings.snapshots)}
    assert kept == {2048, 8192, 16384, 24576, 32768, 40000}
