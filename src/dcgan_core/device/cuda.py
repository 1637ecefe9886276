"""An NVIDIA GPU, or an AMD one under ROCm, which torch also calls cuda."""

from contextlib import AbstractContextManager, nullcontext

import torch


class Cuda:
    """The current CUDA device."""

    name = "gpu"
    distributed_backend = "nccl"

    def __init__(self) -> None:
        self.device = torch.device("cuda", torch.cuda.current_device())
        torch.backends.cudnn.benchmark = True

    def autocast(self, precision: str) -> AbstractContextManager:
        if precision == "bf16":
            return torch.autocast("cuda", torch.bfloat16)
        return nullcontext()

    def optimizer(self, parameters, lr, betas, eps, weight_decay) -> torch.optim.Optimizer:
        return torch.optim.AdamW(
            parameters, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, fused=True
        )

    def mark_step(self) -> None:
        """Nothing to mark: kernels queue by themselves."""

    def synchronize(self) -> None:
        torch.cuda.synchronize(self.device)

    def peak_memory(self) -> int:
        return torch.cuda.max_memory_allocated(self.device)

    def describe(self) -> str:
        return f"gpu ({torch.cuda.get_device_name(self.device)})"
