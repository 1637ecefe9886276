"""An NVIDIA GPU, or an AMD one under ROCm, which torch also calls cuda."""

import torch

from .stock import StockDevice


def missing() -> str | None:
    """Why there is no such device here, or None."""
    if torch.cuda.is_available():
        return None
    return "torch sees no CUDA or ROCm GPU on this machine"


class Cuda(StockDevice):
    """The current CUDA device."""

    name = "gpu"
    distributed_backend = "nccl"

    def __init__(self) -> None:
        self.device = torch.device("cuda", torch.cuda.current_device())
        torch.backends.cudnn.benchmark = True
        # PyTorch lets convolutions round to TensorFloat-32; who wants less than fp32 has bf16.
        torch.backends.cudnn.allow_tf32 = False

    def synchronize(self) -> None:
        torch.cuda.synchronize(self.device)

    def peak_memory(self) -> int:
        return torch.cuda.max_memory_allocated(self.device)

    def describe(self) -> str:
        return f"gpu ({torch.cuda.get_device_name(self.device)})"
