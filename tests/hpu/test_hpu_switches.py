"""No setting leaves a tensor on the wrong device, or draws from it what the CPU should draw."""

from emulator_process import LAZY

# Rounding of float32 sums, and what four updates make of it.
TOLERANCE = 1e-5


def test_every_switch_gives_the_cpus_losses(emulator):
    found = emulator.run("switches", LAZY)
    assert len(found) >= 15
    assert {name: apart for name, apart in found.items() if not apart < TOLERANCE} == {}
