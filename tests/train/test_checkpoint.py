"""A training state that was damaged or is another training's is told, and nothing is trained."""

import os
import zipfile

import pytest
import torch
from train.test_run import StopAfter

from dcgan_core.device import resolve
from dcgan_core.errors import UserError
from dcgan_core.train.loop import train_rounds
from dcgan_core.train.run import Run
from dcgan_core.train.state.checkpoint import load_state, save_state


@pytest.fixture
def stopped(tiny, pack, tmp_path):
    """A function that begins the same training again; its state was saved after two steps."""

    def begin() -> Run:
        return Run(tiny({"train.log_every": 1}), "16", resolve("cpu"), pack, tmp_path)

    run = begin()
    with pytest.raises(Exception, match="stopped at step 3"):
        train_rounds(run, StopAfter(2))
    return begin


def weights(state):
    return state["stepper"]["generator"]


def first(state):
    return next(iter(weights(state)))


def moment(state):
    return state["stepper"]["optimizer_g"]["state"][0]


CHANGES = {
    "other shape": (lambda s: weights(s).update({first(s): torch.zeros(3)}), r"\[3\], not"),
    "huge without bytes": (
        lambda s: weights(s).update({first(s): torch.zeros(1).expand(10**6, 10**6)}),
        r"\[1000000, 1000000\], not",
    ),
    "whole numbers": (
        lambda s: weights(s).update({first(s): weights(s)[first(s)].long()}),
        "torch.int64",
    ),
    "no weights": (lambda s: weights(s).pop(first(s)), "is missing"),
    "weights as text": (lambda s: weights(s).update({first(s): "x"}), "no tensor"),
    "no stepper": (lambda s: s.pop("stepper"), "stepper is missing"),
    "stepper a list": (lambda s: s.update(stepper=[]), r"stepper is \[\]"),
    "no guard": (lambda s: s.pop("guard"), "not a state of this training"),
    "step below 0": (lambda s: s.update(step=-1), "step -1 of"),
    "step beyond the end": (lambda s: s.update(step=10**9), "step 1000000000 of"),
    "seconds": (lambda s: s.update(seconds=float("nan")), "nan seconds"),
    "history": (lambda s: s.update(history=[]), "not a state of this training"),
    "journal": (lambda s: s.update(journal=3), "not a state of this training"),
    "moment shape": (
        lambda s: moment(s).update(exp_avg=torch.zeros(3)),
        "not a state of this training",
    ),
    "moments gone": (
        lambda s: s["stepper"]["optimizer_g"]["param_groups"].clear(),
        "not a state of this training",
    ),
    "gradients": (lambda s: s["guard"]["table"].update(looks="x"), "not a state"),
    "latents": (lambda s: s.update(fixed_latents=torch.zeros(3)), r"fixed_latents is.*\[3\]"),
    "ran on": (lambda s: s.update(ran_on=[3]), "not a state"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_state_of_another_training_is_told_by_its_part(stopped, tmp_path, name):
    change, words = CHANGES[name]
    path = tmp_path / "state.pt"
    state = load_state(path)
    del state["schema"]
    change(state)
    save_state(path, state)
    with pytest.raises(UserError, match=rf"state\.pt: .*{words}.*Delete it to train") as told:
        stopped().resume()
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("old", ['"loss_g": ', '"step": ', '["history"'])
def test_rows_of_another_kind_are_told(stopped, tmp_path, old):
    rows = tmp_path / "rows.jsonl"
    rows.write_bytes(
        rows.read_bytes().replace(old.encode(), old[:-2].encode() + b"x" + old[-1:].encode())
    )
    with pytest.raises(UserError, match="to train from the start"):
        stopped().resume()


def test_the_same_state_is_taken_up(stopped):
    run = stopped()
    run.resume()
    assert run.position.step == 3


def compressed(path):
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def pickled(path):
    torch.save({"schema": 3, "step": 1}, path, _use_new_zipfile_serialization=False)


DAMAGES = {
    "empty": lambda path: path.write_bytes(b""),
    "a byte": lambda path: path.write_bytes(path.read_bytes().replace(b"\0" * 4000, b"\1" * 4000)),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-100]),
    "text": lambda path: path.write_text("hello"),
    "compressed": compressed,
    "pickle": pickled,
    "code": lambda path: torch.save({"schema": 3, "run": os.system}, path),
    "list": lambda path: torch.save([1], path),
    "no schema": lambda path: torch.save({"step": 1}, path),
    "other schema": lambda path: torch.save({"schema": 1, "step": 1}, path),
    "no step": lambda path: torch.save({"schema": 3}, path),
    "folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_no_state_is_told_in_one_line(tmp_path, name):
    path = tmp_path / "state.pt"
    save_state(path, {"step": 1, "x": torch.zeros(1000)})
    DAMAGES[name](path)
    with pytest.raises(UserError, match=r"state\.pt: .*Delete it to train") as told:
        load_state(path)
    assert "\n" not in str(told.value)
