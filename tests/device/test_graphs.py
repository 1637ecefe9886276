"""Steps recorded as CUDA graphs against the same steps run one operation at a time."""

import copy

import numpy as np
import pytest
import torch
from train.executions import SETTINGS, make, real, run, tensors

from dcgan_core.data.batch_codes import AheadCodes, ResidentCodes
from dcgan_core.data.batches import RealBatches
from dcgan_core.device import resolve
from dcgan_core.train.execution.eager import Buffered
from dcgan_core.train.execution.graphs import Graphs
from dcgan_core.train.execution.step_result import gradient_norm

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available() or torch.version.hip is not None,
    reason="this machine has no NVIDIA GPU",
)

STEPS = 30
GRAPH = {"train.execution": "graph"}
# Kernels may add in an order of their own at each run; other random numbers would show at once.
TOLERANCE = {"fp32": 1e-3, "bf16": 0.05}


def far(one: list, other: list) -> float:
    return (torch.tensor(one) - torch.tensor(other)).abs().max().item()


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_graphs_give_what_single_operations_give(settings):
    eager, graph = make(resolve("gpu"), settings), make(resolve("gpu"), {**settings, **GRAPH})
    assert type(eager.execution) is Buffered
    assert type(graph.execution) is Graphs
    tolerance = TOLERANCE[eager.params.precision]
    expected = run(eager, STEPS)
    assert far(run(graph, STEPS), expected) < tolerance
    assert far(expected, [expected[0]] * STEPS) > 5 * tolerance
    assert graph.execution._recorded
    weights = (tensors(stepper.state_dict()["ema"]["shadow"]) for stepper in (eager, graph))
    for mine, theirs in zip(*weights, strict=True):
        torch.testing.assert_close(mine, theirs, atol=tolerance, rtol=tolerance)


def test_gradients_are_those_of_the_step_that_ran_last():
    settings = {"objective.penalty_every": 2, "objective.r1_gamma": 50}
    eager, graph = make(resolve("gpu"), settings), make(resolve("gpu"), {**settings, **GRAPH})
    for _ in range(12):
        for stepper in (eager, graph):
            run(stepper, 1)
        for name in ("generator", "discriminator"):
            expected = gradient_norm(getattr(eager, name)).item()
            found = gradient_norm(getattr(graph, name)).item()
            assert found == pytest.approx(expected, rel=0.02)
    assert len(graph.execution._recorded) == 2


@pytest.mark.parametrize("order", [("graph", "eager"), ("eager", "graph"), ("graph", "graph")])
def test_a_state_goes_on_under_the_other_execution(order):
    settings = {"objective.penalty_every": 3}
    begun, goes_on = (make(resolve("gpu"), {**settings, "train.execution": one}) for one in order)
    expected = run(make(resolve("gpu"), settings), 24)
    found = run(begun, 14)
    # So that what was recorded before the state was taken up would show.
    run(goes_on, 12)
    goes_on.load_state_dict(copy.deepcopy(begun.state_dict()))
    assert far(found + run(goes_on, 10), expected) < TOLERANCE["fp32"]


@pytest.mark.parametrize("execution", ["eager", "graph"])
@pytest.mark.parametrize("kind", [ResidentCodes, AheadCodes])
def test_the_host_never_waits_between_reads(tmp_path, execution, kind):
    np.save(tmp_path / "train.npy", np.zeros((160, 16, 16, 3), dtype=np.uint8))
    stepper = make(
        resolve("gpu"), {"train.execution": execution, "stabilise.augment": "diffaugment"}
    )
    where = stepper.device.device
    batches = RealBatches(tmp_path / "train.npy", 8, 0, True, where)
    batches.codes = kind(batches.pack, where)
    run(stepper, 30)
    torch.cuda.set_sync_debug_mode("error")
    try:
        for index in range(20):
            stepper.set_lr(1 / (1 + index))
            stepper.step(lambda index=index: batches.batch(0, index))
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.parametrize("kind", [ResidentCodes, AheadCodes])
def test_batches_on_a_gpu_are_the_cpus(tmp_path, kind):
    codes = np.random.default_rng(0).integers(0, 256, (48, 16, 16, 3), dtype=np.uint8)
    np.save(tmp_path / "train.npy", codes)
    usual, other = (
        RealBatches(tmp_path / "train.npy", 7, 3, True, torch.device(name), classes=np.arange(48))
        for name in ("cpu", "cuda")
    )
    other.codes = kind(other.pack, torch.device("cuda"))
    for place in [*((0, index) for index in range(6)), (1, 0), (4, 2), (0, 3)]:
        assert torch.equal(other.classes(*place).cpu(), usual.classes(*place))
        # Dividing by a constant rounds otherwise there.
        torch.testing.assert_close(
            other.batch(*place).cpu(), usual.batch(*place), atol=1e-6, rtol=0
        )


def test_a_gpu_keeps_images_that_fit(tmp_path):
    np.save(tmp_path / "train.npy", np.zeros((48, 16, 16, 3), dtype=np.uint8))
    batches = RealBatches(tmp_path / "train.npy", 8, 0, False, torch.device("cuda"))
    assert type(batches.codes) is ResidentCodes
    stepper = make(resolve("gpu"), {"train.execution": "auto"})
    assert type(stepper.execution) is Graphs
    assert real(stepper, 0).device.type == "cuda"
