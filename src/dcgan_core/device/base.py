"""What the rest of the package may ask of a device. Where work runs, never what it computes."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypeVar

import torch
from torch import Tensor, nn

CHANNELS_LAST = ("cpu", "cuda")
"""Devices whose convolutions were seen to run faster on channels_last tensors, in bf16 at least: a
step of 64×64 images in batches of 128, as one CUDA graph on an NVIDIA H200 with PyTorch 2.11, took
2.84 ms against 3.88 ms contiguous (in fp32 without TensorFloat-32 12.96 against 12.76, no gain). A
Gaudi's graph compiler lays tensors out itself, so there a layout of ours could only cost a
permutation."""


def memory_format(device: torch.device) -> torch.memory_format:
    """The layout of images and weights on a device; it changes no value."""
    return torch.channels_last if device.type in CHANNELS_LAST else torch.contiguous_format


Network = TypeVar("Network", bound=nn.Module)


def placed(network: Network, device: torch.device) -> Network:
    """``network`` itself, moved to ``device`` in the layout of :func:`memory_format`."""
    # torch takes both at once; its stubs list each alone.
    return network.to(device, memory_format=memory_format(device))  # type: ignore[call-overload]


def moved(tensor: Tensor, device: torch.device) -> Tensor:
    """A tensor of the CPU on ``device``, without waiting for what the device has to do before."""
    if device.type != "cuda":
        return tensor.to(device)
    # From memory that the system may page out, a copy waits until the device is idle.
    return tensor.pin_memory().to(device, non_blocking=True)


def free_memory(device: torch.device) -> int | None:
    """Bytes of the device's own memory that nobody has taken; None if it is not known to have any.

    The CPU has none, since its memory is the machine's.
    """
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else None


Number = float | Tensor
"""A number that changes between steps: a 0-d tensor where operations are to read it anew."""


def changed(number: Number, value: float) -> Number:
    """``number`` with another value, in the same place if it is a tensor."""
    return number.fill_(value) if isinstance(number, Tensor) else value


PRECISIONS = {"fp32": None, "bf16": torch.bfloat16}
"""Every arithmetic that ``train.precision`` may name: what autocast uses, or None without it."""


def autocast(device: torch.device, precision: str) -> AbstractContextManager:
    """Mixed precision on ``device``, as :meth:`Device.autocast` tells.

    Raises:
        ValueError: no such precision.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision {precision!r}: choose one of {', '.join(PRECISIONS)}")
    dtype = PRECISIONS[precision]
    return nullcontext() if dtype is None else torch.autocast(device.type, dtype)


class Device(Protocol):
    """One accelerator, or the CPU."""

    name: str
    """Its key in DEVICES, as the profiles call it."""
    device: torch.device
    """Where tensors go."""
    exact: torch.device
    """Where float64 is computed: here if the device knows it, else on the CPU."""
    distributed_backend: str | None
    """What carries numbers between ranks: ``gloo``, ``nccl`` or ``hccl``; None if nothing does."""
    captures: bool
    """Whether the work of a whole step can be recorded here and started as one (a CUDA graph)."""

    def seed(self, value: int) -> None:
        """Seed PyTorch's global generators: the CPU's and the device's own."""

    def autocast(self, precision: str) -> AbstractContextManager:
        """Mixed precision for the networks: ``"bf16"`` autocasts, ``"fp32"`` does nothing.

        Raises:
            ValueError: no such precision.
        """

    def number(self, value: float) -> Number:
        """A number to be :func:`changed` between steps, as recorded steps can read it."""

    def optimizer(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float,
        betas: tuple[float, float],
        eps: float,
        weight_decay: float,
    ) -> torch.optim.Optimizer:
        """AdamW (Loshchilov & Hutter 2019), in the device's fastest form.

        Its ``state_dict()`` is that of torch's AdamW on every device, so that a training may
        move from one to another.
        """

    def compile(self, network: nn.Module) -> None:
        """Let the device's compiler run calls of ``network``, in place: names stay as they are.

        Raises:
            UserError: the device has no compiler in the mode it runs in.
        """

    def mark_step(self) -> None:
        """End a piece of the graph, where the device collects one; elsewhere nothing."""

    def synchronize(self) -> None:
        """Wait until all work queued so far is done."""

    def peak_memory(self) -> int:
        """Most memory the device has held so far, in bytes."""

    def describe(self) -> str:
        """The device's own name and what shapes its arithmetic, for the run's record."""

    @staticmethod
    def missing() -> str | None:
        """Why there is no such device here, or None. Opens none."""

    @staticmethod
    def count() -> int:
        """How many processes of one training fit here: one for each device, and one on the CPU.

        Opens none, for an open Gaudi is nobody else's.
        """

    @staticmethod
    def take(local_rank: int, local_count: int) -> None:
        """Make one device this process's own, before anything touches it.

        Where none is found nothing happens, and opening it tells why.

        Args:
            local_rank: this process among those of this machine, 0 to ``local_count`` − 1.
            local_count: how many processes of the training this machine runs.

        Raises:
            UserError: there are fewer devices than processes.
        """

    def __init__(self, threads: int | None = None) -> None:
        """Open the device.

        Args:
            threads: CPU threads, which the CPU alone is held to.
        """
