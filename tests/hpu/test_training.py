"""Training on the emulated HPU: the CPU's losses, few graphs, and states that change devices."""

import pytest
from emulator_process import EAGER, LAZY

MOVES = ("cpu to hpu", "hpu to cpu", "hpu to hpu")


@pytest.fixture(scope="module")
def lazy(emulator) -> dict:
    return emulator.run("training", LAZY, "counts", "counts with classes", "losses", *MOVES)


def check_losses(losses: dict) -> None:
    assert losses["moved"] > 0.1
    # The device alone: what is left is the order in which float32 numbers are added.
    assert losses["fp32 with torch's optimiser"] < 1e-5
    # The bridge's AdamW without eps is torch's.
    assert losses["fp32 without eps"] < 1e-5
    # With it, it is not: the bridge adds eps before it corrects the second moment's bias, which
    # near gradients of 0 makes eps up to 30 times as large in the first steps.
    assert losses["fp32"] < 3e-2
    assert losses["bf16"] < 0.05


def test_losses_of_50_steps_are_the_cpus(lazy):
    check_losses(lazy["losses"])


@pytest.mark.parametrize("move", MOVES)
def test_a_training_goes_on_on_another_device(lazy, move):
    assert lazy[move] < 1e-5


def test_lazy_mode_compiles_at_first_and_never_reads_a_loss(lazy):
    first, later = lazy["counts"]["first 10"], lazy["counts"]["next 40"]
    assert first["compilations"] <= 10
    assert later["compilations"] == 0
    # A step: after backward and in and after the optimiser, for each of the two networks.
    assert later["graphs"] <= 4 * 40
    assert later["longest_graph"] <= 300
    assert later["items"] == later["copies_to_host"] == 0
    # The real batch, the latents and one map of noise.
    assert later["copies_to_device"] == 3 * 40
    assert lazy["counts"]["fallbacks"] == []


def test_classes_take_one_copy_more_a_step_and_nothing_from_the_host(lazy):
    found = lazy["counts with classes"]
    assert found["fallbacks"] == []
    assert found["next 40"]["compilations"] == 0
    assert found["next 40"]["items"] == found["next 40"]["copies_to_host"] == 0
    assert found["next 40"]["copies_to_device"] == 4 * 40


@pytest.mark.slow
def test_eager_mode_does_the_same_without_marks(emulator):
    found = emulator.run("training", EAGER, "counts", "losses", *MOVES)
    check_losses(found["losses"])
    assert max(found[move] for move in MOVES) < 1e-5
    first, later = found["counts"]["first 10"], found["counts"]["next 40"]
    assert first["mark_step_calls"] == later["mark_step_calls"] == 0
    assert first["compilations"] <= 300
    assert later["compilations"] == 0
    assert later["items"] == later["copies_to_host"] == 0
    assert found["counts"]["fallbacks"] == []
