"""What a training step asks of a device, and how long the device is at work on it."""

import time
from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode


class Traffic(TorchDispatchMode):
    """Bytes that operations read and write, each by itself as without any fusing."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        given = kwargs or {}
        found = function(*args, **given)
        if not function.is_view:
            tensors = [t for t in tree_leaves((args, given, found)) if isinstance(t, Tensor)]
            self.bytes += sum(t.numel() * t.element_size() for t in tensors)
        return found


def asked(step: Callable[[], object], steps: int) -> tuple[float, float]:
    """Floating-point operations, a multiply-add as two, and bytes of one step.

    Args:
        step: runs one, an operation at a time.
        steps: means are over that many.
    """
    counter, traffic = FlopCounterMode(display=False), Traffic()
    with counter, traffic:
        for _ in range(steps):
            step()
    return counter.get_total_flops() / steps, traffic.bytes / steps


def busy(step: Callable[[], object], steps: int, device: torch.device) -> dict:
    """What the profiler saw on the device: milliseconds at work and kernels, of one step."""
    on_gpu = device.type == "cuda"
    kinds = torch.profiler.ProfilerActivity
    with torch.profiler.profile(activities=[kinds.CUDA if on_gpu else kinds.CPU]) as profile:
        for _ in range(steps):
            step()
        synchronize(device)
    events = profile.key_averages()
    name = "self_device_time_total" if on_gpu else "self_cpu_time_total"
    spent = [getattr(event, name) for event in events]
    started = sum(event.count for event, time in zip(events, spent, strict=True) if time)
    return {"device_busy_ms": sum(spent) / 1e3 / steps, "kernels": started / steps}


def seconds(work: Callable[[], object], times: int, device: torch.device) -> float:
    """Time of one call of ``work``, over some in a row."""
    synchronize(device)
    begun = time.perf_counter()
    for _ in range(times):
        work()
    synchronize(device)
    return (time.perf_counter() - begun) / times


def synchronize(device: torch.device) -> None:
    """Wait until the device has done all that it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def ceilings(device: torch.device, side: int, length: int) -> dict[str, float]:
    """The best of five: products of side×side matrices by arithmetic, and a copy of some bytes.

    Returns:
        Operations a second of ``bf16``, ``tf32`` and ``fp32``, and bytes a second of ``copy``, read
        and written.
    """
    found = {}
    for name in ("bf16", "tf32", "fp32"):
        dtype = torch.bfloat16 if name == "bf16" else torch.float32
        matrix = torch.randn(side, side, device=device).to(dtype)
        torch.backends.cuda.matmul.allow_tf32 = name == "tf32"
        times = [seconds(lambda matrix=matrix: matrix @ matrix, 3, device) for _ in range(6)]
        found[name] = 2 * side**3 / min(times[1:])
    torch.backends.cuda.matmul.allow_tf32 = False
    there, here = (torch.zeros(length, dtype=torch.uint8, device=device) for _ in range(2))
    found["copy"] = (
        2 * length / min(seconds(lambda: here.copy_(there), 3, device) for _ in range(5))
    )
    return found
