"""The step counter of AdamW goes from device to device with the state."""

import pytest
from emulator_process import EAGER, LAZY


@pytest.fixture(scope="module", params=[LAZY, EAGER], ids=["lazy", "eager"])
def found(emulator, request) -> dict:
    return emulator.run("optimizer", request.param)


@pytest.mark.parametrize("move", ["cpu to cpu", "cpu to hpu", "hpu to cpu", "hpu to hpu"])
def test_updates_go_on_as_if_on_one_device(found, move):
    assert found[move] < 1e-6


def test_a_counter_that_is_lost_shows(found):
    assert found["counter lost"] > 1e-3


def test_counts_that_differ_within_a_group_are_refused(found):
    assert "counts 2 to 3 steps" in found["refusal"]


def test_a_state_does_not_change_how_updates_are_carried_out(found):
    assert found["implementation"] == [True, False]
