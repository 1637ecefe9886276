"""An Intel Gaudi, through Habana's bridge. Never yet run on the hardware: see docs/devices.md."""

import importlib.util
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import nn

from ..errors import UserError
from .base import Number, autocast


def _load_bridge() -> str | None:
    """Import the bridge, which registers the device; why that cannot be done, or None."""
    if importlib.util.find_spec("habana_frameworks") is None:
        return "habana_frameworks.torch, which comes in the Gaudi container, is not installed here"
    try:
        import habana_frameworks.torch.core  # noqa: F401
    except (ImportError, OSError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        return f"habana_frameworks.torch is installed but does not load ({reason})"
    return None


def _hpu() -> Any:
    """``torch.hpu``, the counterpart of ``torch.cuda``."""
    # Only the bridge puts it into torch, and torch's stubs know nothing of it.
    return torch.hpu  # type: ignore[attr-defined]


class Hpu:
    """The Gaudi this process was given.

    Importing the bridge registers ``torch.hpu``; steps are marked in lazy mode only, since
    in eager mode marking is a warning and nothing else.
    """

    name = "hpu"
    distributed_backend = "hccl"
    exact = torch.device("cpu")
    captures = False

    def __init__(self, threads: int | None = None) -> None:
        import habana_frameworks.torch.core as core
        from habana_frameworks.torch.utils.internal import is_lazy

        self.device = torch.device("hpu")
        self._core = core
        self._lazy = is_lazy()

    @staticmethod
    def missing() -> str | None:
        if reason := _load_bridge():
            return reason
        if not _hpu().is_available():
            return "habana_frameworks.torch finds no Gaudi on this machine; hl-smi lists them"
        return None

    @staticmethod
    def count() -> int:
        return _hpu().device_count()

    @staticmethod
    def take(local_rank: int, local_count: int) -> None:
        if _load_bridge():
            return
        from habana_frameworks.torch.distributed.hccl import initialize_distributed_hpu

        # It reads this process's rank from torchrun's environment.
        initialize_distributed_hpu()

    def seed(self, value: int) -> None:
        # torch.manual_seed of stock PyTorch does not know this device.
        torch.manual_seed(value)
        _hpu().manual_seed_all(value)

    def autocast(self, precision: str) -> AbstractContextManager:
        return autocast(self.device, precision)

    def number(self, value: float) -> Number:
        return value

    def optimizer(self, parameters, lr, betas, eps, weight_decay) -> torch.optim.Optimizer:
        from .hpu_optimizer import PortableAdamW

        # Its defaults are not those of torch's AdamW: everything is given.
        return PortableAdamW(
            parameters,
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            bias_correction=True,
            moments_dtype=None,
        )

    def compile(self, network: nn.Module) -> None:
        if self._lazy:
            raise UserError(
                "train.compile = true: the HPU's compiler works in eager mode only. Start with "
                "PT_HPU_LAZY_MODE=0 in the environment, or set train.compile to false"
            )
        network.compile(backend="hpu_backend")

    def mark_step(self) -> None:
        if self._lazy:
            self._core.mark_step()

    def synchronize(self) -> None:
        _hpu().synchronize()

    def peak_memory(self) -> int:
        return _hpu().max_memory_allocated()

    def describe(self) -> str:
        return f"hpu ({_hpu().get_device_name()}, {'lazy' if self._lazy else 'eager'})"
