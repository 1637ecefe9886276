"""A device is what was asked for, or an error."""

import sys
from unittest import mock

import pytest
import torch

from dcgan_core.device import DEVICES, device_class, require, resolve
from dcgan_core.device.base import Device, memory_format
from dcgan_core.device.distributed import joined
from dcgan_core.errors import UserError


def test_the_cpu_gives_adamw_with_every_argument_as_given():
    device = resolve("cpu", threads=1)
    assert torch.get_num_threads() == 1
    resolve("cpu")
    layer = torch.nn.Linear(2, 1)
    optimizer = device.optimizer(layer.parameters(), 0.1, (0.3, 0.9), 1e-6, 0.2)
    assert isinstance(optimizer, torch.optim.AdamW)
    group = optimizer.param_groups[0]
    found = (group["lr"], group["betas"], group["eps"], group["weight_decay"])
    assert found == (0.1, (0.3, 0.9), 1e-6, 0.2)
    assert device.peak_memory() > 10 * 2**20


def test_autocast_is_on_for_bf16_and_off_for_fp32():
    device, layer = resolve("cpu"), torch.nn.Linear(2, 2)
    for precision, dtype in (("bf16", torch.bfloat16), ("fp32", torch.float32)):
        with device.autocast(precision):
            assert layer(torch.ones(1, 2)).dtype == dtype
    with pytest.raises(ValueError, match="'fp16': choose one of fp32, bf16"):
        device.autocast("fp16")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_an_absent_gpu_is_an_error_not_the_cpu():
    with pytest.raises(UserError, match="no CUDA or ROCm GPU"):
        resolve("gpu")


def test_unknown_and_absent_names_are_errors():
    with pytest.raises(UserError, match="choose one of cpu, gpu, hpu, mps"):
        resolve("tpu")
    with pytest.raises(UserError, match="habana_frameworks"):
        resolve("hpu")


@pytest.mark.skipif(torch.backends.mps.is_available(), reason="this machine has an Apple GPU")
def test_an_absent_apple_gpu_is_an_error():
    with pytest.raises(UserError, match=r"device mps: .* no Apple GPU .* --profile cpu"):
        require("mps")


def test_a_bridge_that_does_not_load_is_an_error_of_one_line(tmp_path, monkeypatch):
    package = tmp_path / "habana_frameworks" / "torch"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        "raise ImportError('libSynapse.so: cannot open\\nshared object file')"
    )
    (package.parent / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    # What the import leaves behind would be found by later tests.
    with mock.patch.dict(sys.modules):
        sys.modules.pop("habana_frameworks", None)
        with pytest.raises(UserError) as told:
            require("hpu")
    assert "does not load (libSynapse.so: cannot open shared object file)" in str(told.value)
    assert "\n" not in str(told.value)


def test_the_layout_changes_with_the_device_and_no_value_with_it():
    images = torch.rand(2, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    assert memory_format(torch.device("cpu")) == torch.channels_last
    assert memory_format(torch.device("hpu")) == torch.contiguous_format
    for name in ("cpu", "hpu"):
        assert torch.equal(
            images.contiguous(memory_format=memory_format(torch.device(name))), images
        )


@pytest.fixture
def every_device(monkeypatch):
    """One of each, as far as there can be without the hardware."""
    core, internal = mock.MagicMock(), mock.MagicMock()
    names = ("habana_frameworks", "habana_frameworks.torch", "habana_frameworks.torch.utils")
    stand_ins = {
        **{name: mock.MagicMock() for name in names},
        "habana_frameworks.torch.core": core,
        "habana_frameworks.torch.utils.internal": internal,
    }
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    # What a GPU asks of cuDNN would stay for later tests.
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", torch.backends.cudnn.benchmark)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", torch.backends.cudnn.allow_tf32)
    with mock.patch.dict(sys.modules, stand_ins):
        return [device_class(name)() for name in DEVICES]


def test_every_device_has_all_that_the_package_may_ask_of_one(every_device):
    assert [device.name for device in every_device] == list(DEVICES)
    wanted = {*Device.__annotations__, *(name for name in vars(Device) if name[0] != "_")}
    assert {"name", "distributed_backend", "optimizer", "describe"} <= wanted
    for device in every_device:
        assert [name for name in sorted(wanted) if not hasattr(device, name)] == []


def test_several_processes_on_an_apple_gpu_are_an_error_of_one_line(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    for name, value in (("RANK", 1), ("WORLD_SIZE", 2), ("LOCAL_RANK", 1), ("LOCAL_WORLD_SIZE", 2)):
        monkeypatch.setenv(name, str(value))
    with pytest.raises(UserError, match=r"device mps: .* no backend .* one process") as told:
        joined("mps").__enter__()
    assert "\n" not in str(told.value)


def test_seeding_the_device_seeds_what_torch_draws():
    device, drawn = resolve("cpu"), []
    for _ in range(2):
        device.seed(7)
        drawn.append(torch.rand(3))
    assert torch.equal(*drawn)
