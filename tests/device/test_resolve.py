"""A device is what was asked for, or an error."""

import pytest
import torch

from dcgan_core.device import resolve
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


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_an_absent_gpu_is_an_error_not_the_cpu():
    with pytest.raises(UserError, match="no CUDA or ROCm GPU"):
        resolve("gpu")


def test_unknown_and_absent_names_are_errors():
    with pytest.raises(UserError, match="choose one of cpu, gpu, hpu"):
        resolve("tpu")
    with pytest.raises(UserError, match="habana_frameworks"):
        resolve("hpu")
