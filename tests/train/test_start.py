"""Starting from another training's weights, and what is said at the beginning."""

import logging

import pytest
import torch

from dcgan_core.device import resolve
from dcgan_core.errors import UserError
from dcgan_core.files import sha256_file
from dcgan_core.nets.snapshot import load_discriminator, load_generator
from dcgan_core.train import Finished, train
from dcgan_core.train.outputs import outlook
from dcgan_core.train.position import Position
from dcgan_core.train.run import Run
from dcgan_core.train.state.start import start_from

CPU = resolve("cpu")


@pytest.fixture
def earlier(tiny, pack, tmp_path):
    """A finished training."""
    params = tiny({"train.epochs": 1, "train.ema_decay": 0.5})
    finished = Finished(tmp_path / "nothing", "x")
    train(params, "16", CPU, pack, tmp_path / "earlier", finished=finished)
    return tmp_path / "earlier"


def begun(tiny, pack, tmp_path, path, size="16", **settings) -> Run:
    given = {"train.start_from": str(path), "train.start_from_sha256": sha256_file(path)}
    params = tiny({**given, "sizes": [size], "train.seed": 5, **settings})
    run = Run(params, size, CPU, pack, tmp_path / "new")
    start_from(run)
    return run


def same(network, other) -> bool:
    theirs = other.state_dict()
    return all(torch.equal(value, theirs[name]) for name, value in network.state_dict().items())


@pytest.mark.parametrize("name", ["training_state.pt", "final.safetensors"])
def test_weights_are_those_of_the_file(tiny, pack, tmp_path, earlier, name, caplog):
    with caplog.at_level(logging.INFO, "dcgan"):
        run = begun(tiny, pack, tmp_path, earlier / name)
    stepper = run.stepper
    assert same(stepper.ema.shadow, stepper.generator)
    fresh = Run(run.params, "16", CPU, pack, tmp_path / "other").stepper
    if name == "final.safetensors":
        assert same(stepper.generator, load_generator(earlier / name))
        assert same(stepper.discriminator, fresh.discriminator)
    else:
        state = torch.load(earlier / name, weights_only=True)["stepper"]
        assert same(
            stepper.discriminator, load_discriminator(earlier / "discriminator.safetensors")
        )
        for key, value in stepper.generator.state_dict().items():
            assert torch.equal(value, state["generator"][key])
    assert not same(stepper.generator, fresh.generator)
    assert f"starting from {earlier / name}" in caplog.text
    assert ", not" not in caplog.text


def test_layers_that_fit_are_taken_over_and_others_told(tiny, pack, tmp_path, earlier, caplog):
    path = earlier / "training_state.pt"
    with caplog.at_level(logging.INFO, "dcgan"):
        run = begun(tiny, pack, tmp_path, path, **{"model.latent": 12})
    fresh = Run(run.params, "16", CPU, pack, tmp_path / "other").stepper
    changed = [
        name
        for name, value in run.stepper.generator.state_dict().items()
        if not torch.equal(value, fresh.generator.state_dict()[name])
    ]
    names = list(fresh.generator.state_dict())
    assert names[0] not in changed
    assert len(changed) > len(names) / 3
    assert f"not {names[0]}" in caplog.text


def test_a_training_begins_from_it_once(tiny, pack, tmp_path, earlier):
    path = earlier / "training_state.pt"
    given = {"train.start_from": str(path), "train.start_from_sha256": sha256_file(path)}
    results = []
    for folder in ("a", "b"):
        train(tiny({**given, "train.lr": 1e-9}), "16", CPU, pack, tmp_path / folder)
        results.append(load_generator(tmp_path / folder / "final.safetensors"))
    assert same(*results)
    raw = torch.load(path, weights_only=True)["stepper"]["generator"]
    for name, value in results[0].named_parameters():
        assert torch.allclose(value, raw[name], atol=1e-5)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        (b"x" * 99, r"its sha256 is [0-9a-f]{64}, but train\.start_from_sha256"),
    ],
)
def test_another_file_is_refused(tiny, pack, tmp_path, content, message):
    path = tmp_path / "start.pt"
    if content:
        path.write_bytes(content)
    given = {"train.start_from": str(path), "train.start_from_sha256": "0" * 64}
    run = Run(tiny(given), "16", CPU, pack, tmp_path / "new")
    with pytest.raises(UserError, match=message):
        start_from(run)


def test_one_of_which_nothing_fits_is_refused(tiny, pack, tmp_path, earlier):
    wide = {"model.latent": 12, "model.ngf": 6, "model.ndf": 6}
    with pytest.raises(UserError, match="no tensor has the name and the shape"):
        begun(tiny, pack, tmp_path, earlier / "final.safetensors", **wide)


def test_file_and_hash_go_together(tiny):
    with pytest.raises(UserError, match="start_from and start_from_sha256"):
        tiny({"train.start_from": "x.pt"})


def test_what_is_said_at_the_beginning(tiny, pack, tmp_path, caplog):
    with caplog.at_level(logging.INFO, "dcgan"):
        train(tiny(), "16", CPU, pack, tmp_path / "run")
    assert "48 training images, batch 8: 6 steps an epoch, 18 in all" in caplog.text
    assert "18 steps are too few" in caplog.text
    assert "Set train.images to 8,000 or more" in caplog.text
    assert "train 16: less than a minute" in caplog.text


def test_a_training_that_is_long_enough_is_not_warned_of(tiny):
    position = Position(6, tiny({"train.epochs": 167}).train)
    assert position.total == 1002
    assert outlook.warning(position) == ""


def test_the_time_is_that_of_the_steps_after_the_first(tiny):
    position = Position(1000, tiny({"train.epochs": 1}).train)
    told = outlook.Outlook(position)
    said = []
    for step in range(1, 30):
        position.step = step
        position.seconds = 100 + 2 * step
        said.append(told.after_step())
    assert said.index("about 33 min") == 10
    assert said.count("") == 28
