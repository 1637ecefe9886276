"""An NVIDIA GPU, or an AMD one under ROCm, which torch also calls cuda."""

import warnings

import torch

from ..errors import UserError
from .base import Number
from .stock import StockDevice


class Cuda(StockDevice):
    """The current CUDA device."""

    name = "gpu"
    distributed_backend = "nccl"
    # ROCm has graphs of its own, which nobody here has tried.
    captures = torch.version.hip is None

    def __init__(self, threads: int | None = None) -> None:
        self.device = torch.device("cuda", torch.cuda.current_device())
        torch.backends.cudnn.benchmark = True
        # PyTorch lets convolutions round to TensorFloat-32; who wants less than fp32 has bf16.
        torch.backends.cudnn.allow_tf32 = False
        # The first steps run without being recorded, on purpose.
        warnings.filterwarnings("ignore", "This instance was constructed with capturable=True")

    @staticmethod
    def missing() -> str | None:
        if torch.cuda.is_available():
            return None
        return "torch sees no CUDA or ROCm GPU on this machine"

    @staticmethod
    def count() -> int:
        return torch.cuda.device_count()

    @staticmethod
    def take(local_rank: int, local_count: int) -> None:
        if not torch.cuda.is_available():
            return
        count = torch.cuda.device_count()
        if local_rank >= count:
            raise UserError(
                f"torchrun started {local_count} processes on this machine, which has {count} of "
                f"device gpu; give --nproc-per-node {count}"
            )
        torch.cuda.set_device(local_rank)

    def number(self, value: float) -> Number:
        return torch.tensor(value, device=self.device)

    def optimizer(self, parameters, lr, betas, eps, weight_decay) -> torch.optim.Optimizer:
        return torch.optim.AdamW(
            parameters,
            lr=self.number(lr),
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            fused=True,
            capturable=True,
        )

    def synchronize(self) -> None:
        torch.cuda.synchronize(self.device)

    def peak_memory(self) -> int:
        return torch.cuda.max_memory_allocated(self.device)

    def describe(self) -> str:
        which = f" {self.device.index}" if torch.cuda.device_count() > 1 else ""
        return f"gpu{which} ({torch.cuda.get_device_name(self.device)})"
