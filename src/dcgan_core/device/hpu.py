"""An Intel Gaudi, through Habana's bridge. Never yet run on the hardware: see docs/devices.md."""

from contextlib import AbstractContextManager, nullcontext

import torch


class Hpu:
    """The Gaudi this process was given.

    Importing the bridge registers ``torch.hpu``; steps are marked in lazy mode only, since
    in eager mode marking is a warning and nothing else.
    """

    name = "hpu"
    distributed_backend = "hccl"

    def __init__(self) -> None:
        import habana_frameworks.torch.core as core
        from habana_frameworks.torch.utils.internal import is_lazy

        self.device = torch.device("hpu")
        self._core = core
        self._lazy = is_lazy()

    def autocast(self, precision: str) -> AbstractContextManager:
        if precision == "bf16":
            return torch.autocast("hpu", torch.bfloat16)
        return nullcontext()

    def optimizer(self, parameters, lr, betas, eps, weight_decay) -> torch.optim.Optimizer:
        from habana_frameworks.torch.hpex.optimizers import FusedAdamW

        return FusedAdamW(
            parameters, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, bias_correction=True
        )

    def mark_step(self) -> None:
        if self._lazy:
            self._core.mark_step()

    def synchronize(self) -> None:
        torch.hpu.synchronize()

    def peak_memory(self) -> int:
        return torch.hpu.max_memory_allocated()

    def describe(self) -> str:
        return f"hpu ({torch.hpu.get_device_name()}, {'lazy' if self._lazy else 'eager'})"
