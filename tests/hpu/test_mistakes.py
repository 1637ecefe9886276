"""Known mistakes on an HPU: the check sees each one, and does not see it in this project."""

import subprocess
import sys

import pytest
from emulator_process import EAGER, LAZY
from settings import ROOT

ERRORS = {
    "cpu_batch": "Input type",
    "cpu_label": "same device",
    "cpu_weight": "got a cpu tensor",
    "numpy_of_a_device_tensor": "can't convert hpu",
    "optimizer_argument": "unexpected keyword argument 'fused'",
    "empty_group": "a group without parameters",
    "float64_on_the_device": "no float64",
}
COUNTED = (
    "partial_last_batch",
    "reading_every_step",
    "wrong_autocast_device",
    "optimizer_defaults",
    "latents_from_the_device",
    "unseeded_device",
    "silent_loader",
)


@pytest.fixture(scope="module")
def found(emulator) -> dict:
    """All mistakes that are alike in both modes, made in lazy mode in one process."""
    return emulator.run("mistakes", LAZY, ",".join([*ERRORS, *COUNTED]))


@pytest.mark.parametrize("name", ERRORS)
def test_a_mistake_ends_in_an_error_and_ours_does_not(found, name):
    assert found[name]["ours"] == ""
    assert ERRORS[name] in found[name]["wrong"]


def test_a_partial_last_batch_compiles_anew_and_ours_is_dropped(found):
    assert found["partial_last_batch"]["ours"] == 0
    assert found["partial_last_batch"]["wrong"] > 0


def test_losses_read_each_step_make_the_host_wait_each_step(found):
    assert found["reading_every_step"] == {"ours": 0, "wrong": 5}


def test_another_devices_autocast_leaves_the_networks_in_fp32(found):
    expected = {"ours": "torch.bfloat16", "wrong": "torch.float32"}
    assert found["wrong_autocast_device"] == expected


def test_the_bridges_optimiser_has_other_defaults_and_ours_gives_all(found):
    assert found["optimizer_defaults"]["ours"] < 1e-6
    assert found["optimizer_defaults"]["wrong"] > 0.01


def test_latents_are_the_cpus(found):
    assert found["latents_from_the_device"]["ours"] < 1e-5
    assert found["latents_from_the_device"]["wrong"] > 1e-3


def test_the_devices_own_generator_is_seeded(found):
    assert found["unseeded_device"]["ours"] == 0
    assert found["unseeded_device"]["wrong"] > 1e-3


def test_a_silent_fall_back_of_the_loader_is_seen(found):
    loaders = dict(found["silent_loader"])
    assert loaders.pop("ours") is False
    assert loaders == {"wrong files": True, "wrong transforms": True, "wrong data set": True}


def test_without_marked_steps_a_stock_optimiser_makes_one_long_graph(emulator):
    longest = emulator.run("mistakes", LAZY, "no_mark_step")["no_mark_step"]
    assert longest["ours"] <= 300
    assert longest["wrong"] >= 1000


def test_marking_steps_in_eager_mode_warns_and_ours_does_not(emulator):
    told = emulator.run("mistakes", EAGER, "mark_step_in_eager_mode")
    assert told["mark_step_in_eager_mode"]["ours"] == 0
    assert told["mark_step_in_eager_mode"]["wrong"] > 0


READ = "import sys, torch; torch.load(sys.argv[1], weights_only=True)"


def test_a_state_saved_on_the_device_loads_only_where_one_is(emulator, tmp_path):
    emulator.run("mistakes", LAZY, "checkpoint_on_the_device", str(tmp_path))
    errors = {}
    for name in ("ours", "wrong"):
        command = [sys.executable, "-c", READ, str(tmp_path / f"{name}.pt")]
        result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        errors[name] = result.stderr if result.returncode else ""
    assert errors["ours"] == ""
    assert "map_location" in errors["wrong"]
