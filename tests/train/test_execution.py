"""A step on inputs whose places never change is the usual step, to the bit."""

import copy

import pytest
import torch
from settings import ROOT
from torch.utils._python_dispatch import TorchDispatchMode
from train.executions import SETTINGS, SMALL, make, run, same_state, tensors

from dcgan_core.device import resolve
from dcgan_core.device.cpu import Cpu
from dcgan_core.device.cuda import Cuda
from dcgan_core.device.distributed import ALONE, World
from dcgan_core.errors import UserError
from dcgan_core.params import load_params
from dcgan_core.train.execution.choice import hindrances
from dcgan_core.train.execution.eager import Buffered, Eager
from dcgan_core.train.loop import train_rounds
from dcgan_core.train.run import Run
from dcgan_core.train.state.checkpoint import load_state, save_state


class Steady(Cpu):
    """A CPU that is asked for steps which could be recorded. It records none."""

    captures = True


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_buffered_steps_have_the_usual_steps_bits(settings):
    usual, buffered = make(resolve("cpu", 1), settings), make(Steady(1), settings)
    assert type(usual.execution) is Eager
    assert type(buffered.execution) is Buffered
    places: list[int] = []
    buffered.discriminator.register_forward_pre_hook(
        lambda _, inputs: places.append(inputs[0].data_ptr())
    )
    expected = run(usual, 20)
    assert run(buffered, 20) == expected
    assert len({tuple(row) for row in expected}) == 20
    assert same_state(usual, buffered)
    if not {"stabilise.augment", "stabilise.noise"} & set(settings):
        # Real images are shown from as few places as there are kinds of steps and batches in one.
        assert max(places.count(place) for place in places) >= 6


def test_a_state_goes_on_under_the_other_execution():
    settings = {"objective.penalty_every": 3}
    whole = make(resolve("cpu", 1), settings)
    expected = run(whole, 12)
    for first, then in ((resolve("cpu", 1), Steady(1)), (Steady(1), resolve("cpu", 1))):
        begun, goes_on = make(first, settings), make(then, settings)
        found = run(begun, 7)
        # What has been run before must not show.
        run(goes_on, 4)
        goes_on.load_state_dict(copy.deepcopy(begun.state_dict()))
        assert found + run(goes_on, 5) == expected
        assert same_state(goes_on, whole)


class Recording(Steady):
    """A CPU that keeps the numbers of a step as a GPU does, where a recorded step reads them."""

    number = Cuda.number
    optimizer = Cuda.optimizer


@pytest.mark.parametrize("optimizer", ["adamw", "adam", "sgd"])
def test_numbers_on_the_device_are_the_hosts_numbers(optimizer):
    settings = {"train.optimizer": optimizer}
    usual, other = make(resolve("cpu", 1), settings), make(Recording(1), settings)
    places = [other.ema._weight, *(group["lr"] for group in other.optimizer_g.param_groups)]
    before = [place.data_ptr() for place in places]
    expected = run(usual, 12)
    assert run(other, 12) == [pytest.approx(row, abs=1e-5) for row in expected]
    assert [place.data_ptr() for place in places] == before
    assert places[1].item() == pytest.approx(0.01 / (1 + 11 / 20))
    assert places[0].item() == pytest.approx(1 - 13 / 22)
    shadows = (tensors(stepper.ema.state_dict()) for stepper in (usual, other))
    for mine, theirs in zip(*shadows, strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-5, rtol=0)


@pytest.mark.parametrize("optimizer", ["adamw", "adam", "sgd"])
def test_a_state_goes_on_where_numbers_are_kept_otherwise(tmp_path, optimizer):
    settings = {"train.optimizer": optimizer}
    expected = run(make(resolve("cpu", 1), settings), 10)
    for first, then in ((resolve("cpu", 1), Recording(1)), (Recording(1), resolve("cpu", 1))):
        begun, goes_on = make(first, settings), make(then, settings)
        found = run(begun, 6)
        save_state(tmp_path / "state.pt", {**begun.state_dict(), "step": 6})
        goes_on.load_state_dict(load_state(tmp_path / "state.pt"))
        (group,) = goes_on.optimizer_d.param_groups
        assert isinstance(group["lr"], torch.Tensor) is (type(then) is Recording)
        found += run(goes_on, 4)
        assert found == [pytest.approx(row, abs=1e-5) for row in expected]


HINDERED = {
    "train.compile": {"train.compile": True},
    "train.optimizer = rmsprop": {"train.optimizer": "rmsprop"},
    "stabilise.augment = ada": {"stabilise.augment": "ada"},
    "stabilise.replay": {"stabilise.replay": 0.5},
    "stabilise.noise_until": {"stabilise.noise": 0.1, "stabilise.noise_until": 0.5},
    "train.loader = habana": {"train.loader": "habana"},
}


@pytest.mark.parametrize("name", HINDERED)
def test_a_setting_in_the_way_of_graphs_is_named(name):
    settings = HINDERED[name]
    with pytest.raises(UserError, match=f"train.execution = graph.*{name}"):
        make(Steady(1), {**settings, "train.execution": "graph"})
    stepper = make(Steady(1), {**settings, "train.execution": "auto"})
    assert type(stepper.execution) is Eager
    assert name in stepper.execution.told


def test_several_processes_are_in_the_way_of_graphs_and_shipped_settings_are_not():
    params = load_params(ROOT / "params.yaml")
    assert hindrances(params, ALONE) == []
    assert hindrances(params, World(0, 2)) == ["several processes"]
    for recipe in ("tutorial-64", "best-64", "gpu-64", "rect-157x128", "wide-64-wgan-gp"):
        assert hindrances(load_params(ROOT / "params.yaml", recipe=recipe), ALONE) == []
    (hindrance,) = hindrances(load_params(ROOT / "params.yaml", recipe="few-64"), ALONE)
    assert "stabilise.augment = ada" in hindrance


def test_graphs_are_refused_where_there_is_no_gpu():
    with pytest.raises(UserError, match=r"train.execution = graph needs an NVIDIA GPU.*cpu.*auto"):
        make(resolve("cpu", 1), {"train.execution": "graph"})
    assert type(make(resolve("cpu", 1), {"train.execution": "auto"}).execution) is Eager


class Reads(TorchDispatchMode):
    """Counts what makes the host wait for a device."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if function in (torch.ops.aten._local_scalar_dense.default, torch.ops.aten.equal.default):
            self.count += 1
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("device", [Cpu, Steady])
def test_between_rows_of_the_history_nothing_is_read_from_the_device(pack, tmp_path, device):
    changes = {"train.log_every": 6, "watch.every": 6, "train.epochs": 2, "train.images": 0}
    params = load_params(ROOT / "params.yaml", {**SMALL, **changes, "train.execution": "eager"})
    run = Run(params, "16", device(1), pack, tmp_path)
    counts = []
    reads = Reads()
    before = run.stepper.step

    def counted(next_real):
        counts.append(reads.count)
        return before(next_real)

    run.stepper.step = counted
    with reads:
        train_rounds(run, False)
    # The first step and each sixth are looked at; rounds end with some of those.
    assert len(counts) == 12
    found = [
        after - before for before, after in zip(counts, [*counts[1:], reads.count], strict=True)
    ]
    assert [count > 0 for count in found] == [step in (1, 6, 12) for step in range(1, 13)]
