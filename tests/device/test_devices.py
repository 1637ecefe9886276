"""The table of devices: each has all that the protocol asks for, and nothing falls through."""

import argparse
import inspect
import subprocess
import sys
from importlib import import_module
from unittest import mock

import pytest
import torch
from settings import ROOT

from dcgan_core.device import DEVICES, add_device_option, device_class
from dcgan_core.device.base import Device
from dcgan_core.device.claim import claimed
from dcgan_core.device.cuda import Cuda
from dcgan_core.device.distributed import count_devices, joined
from dcgan_core.device.hpu import Hpu
from dcgan_core.errors import UserError

RANKS = {"RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2"}
ASKED = [name for name, value in vars(Device).items() if inspect.isfunction(value)]
ASKED += ["missing", "count", "take"]


def test_the_table_is_read_and_the_cpu_required_without_torch():
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'src')!r})\n"
        "from dcgan_core.device import DEVICES, add_device_option, require\n"
        "require('cpu')\n"
        "print(*DEVICES, 'torch' in sys.modules)"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == [*DEVICES, "False"]


@pytest.mark.parametrize("name", DEVICES)
def test_each_device_has_all_that_is_asked_of_one(name):
    found = device_class(name)
    assert found.name == name
    assert [method for method in ASKED if getattr(found, method, None) is None] == []
    assert found.__init__ is not object.__init__


def test_every_module_with_a_device_is_in_the_table():
    folder = ROOT / "src/dcgan_core/device"
    classes = {
        (path.stem, value.__name__)
        for path in folder.glob("*.py")
        if path.stem not in ("__init__", "hpu_optimizer")
        for value in vars(import_module(f"dcgan_core.device.{path.stem}")).values()
        if inspect.isclass(value)
        and "name" in vars(value)
        and value.__module__ == f"dcgan_core.device.{path.stem}"
    }
    assert classes == {(entry.module, entry.class_name) for entry in DEVICES.values()}


def test_what_is_there_everywhere_is_not_missing_here():
    everywhere = [name for name, entry in DEVICES.items() if entry.everywhere]
    assert everywhere == ["cpu"]
    assert [device_class(name).missing() for name in everywhere] == [None]


def test_the_option_names_every_device_and_reads_the_environment(monkeypatch):
    for value, expected in ((None, "cpu"), ("hpu", "hpu")):
        if value:
            monkeypatch.setenv("DCGAN_DEVICE", value)
        else:
            monkeypatch.delenv("DCGAN_DEVICE", raising=False)
        parser = argparse.ArgumentParser()
        add_device_option(parser, "with --x: ")
        assert parser.parse_args([]).device == expected
        assert parser.parse_args(["--device", "gpu"]).device == "gpu"
        text = " ".join(parser.format_help().split())
        *names, last = DEVICES
        listed = f"{', '.join(names)} or {last}"
        assert f"with --x: {listed} (default: $DCGAN_DEVICE, else cpu)" in text


def test_devices_are_counted(monkeypatch):
    assert count_devices("cpu") == 1
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    assert count_devices("gpu") == 3
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert count_devices("mps") == 1
    for name in ("tpu", "hpu"):
        with pytest.raises(UserError, match=name):
            count_devices(name)


def test_each_rank_takes_its_own_gpu_or_is_told_that_there_are_too_few(monkeypatch):
    taken = []
    monkeypatch.setattr(torch.cuda, "set_device", taken.append)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    Cuda.take(5, 8)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    for rank in range(2):
        Cuda.take(rank, 3)
    assert taken == [0, 1]
    with pytest.raises(UserError, match=r"3 processes .* has 2 of device gpu; give .* 2"):
        Cuda.take(2, 3)


def test_jobs_that_run_at_once_claim_a_gpu_each(monkeypatch, tmp_path):
    taken = []
    monkeypatch.setattr(torch.cuda, "set_device", taken.append)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with claimed("gpu", tmp_path) as first:
        with claimed("gpu", tmp_path) as second, claimed("gpu", tmp_path) as third:
            assert (first, second, third) == (0, 1, None)
        with claimed("gpu", tmp_path) as fourth, claimed("cpu", tmp_path) as on_the_cpu:
            assert (fourth, on_the_cpu) == (1, None)
    assert taken == [0, 1, 1]
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with claimed("gpu", tmp_path / "none") as alone:
        assert alone is None
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("name", ["tpu", "hpu"])
def test_a_rank_without_a_device_is_told_so(name, monkeypatch):
    for variable, value in RANKS.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(UserError, match=f"device '?{name}"), joined(name):
        pass


@pytest.fixture
def bridge(tmp_path, monkeypatch):
    """A function that puts a package in the place of Habana's bridge, with this in ``torch``."""

    def make(content: str) -> None:
        files = {
            "__init__.py": "",
            "torch/__init__.py": content,
            "torch/core.py": "",
            "torch/distributed/hccl.py": "calls = []\n"
            "def initialize_distributed_hpu():\n    calls.append('taken')\n",
        }
        for name, text in files.items():
            path = tmp_path / "habana_frameworks" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        monkeypatch.syspath_prepend(tmp_path)

    # What the imports leave behind would be found by later tests.
    with mock.patch.dict(sys.modules):
        yield make


def test_a_rank_takes_the_gaudi_that_the_bridge_gives_it(bridge):
    bridge("")
    Hpu.take(1, 2)
    assert import_module("habana_frameworks.torch.distributed.hccl").calls == ["taken"]


def test_a_rank_whose_bridge_does_not_load_is_told_so_in_one_line(bridge, monkeypatch):
    bridge("raise ImportError('libSynapse.so: cannot open\\nshared object file')")
    for variable, value in RANKS.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(UserError, match=r"does not load \(libSynapse") as told, joined("hpu"):
        pass
    assert "\n" not in str(told.value)
