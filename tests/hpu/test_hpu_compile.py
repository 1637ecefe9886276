"""train.compile on an HPU: the bridge's compiler in eager mode, an error in lazy mode."""

import pytest
from emulator_process import EAGER, LAZY


def test_lazy_mode_refuses_to_compile(emulator):
    refusal = emulator.run("compile", LAZY)["refusal"]
    assert "PT_HPU_LAZY_MODE=0" in refusal


@pytest.mark.slow
def test_eager_mode_hands_the_networks_to_the_bridges_compiler(emulator):
    found = emulator.run("compile", EAGER)
    assert found["graphs"] > 0
    assert found["devices"] == ["hpu"]
    assert found["difference"] < 1e-5
    assert found["names"]
