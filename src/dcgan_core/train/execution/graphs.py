"""Steps recorded as CUDA graphs: one start for each, where there would be hundreds."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ...errors import UserError
from .buffers import Buffers
from .eager import Body, Buffered, Kind
from .step_result import Batch, StepTensors

log = logging.getLogger("dcgan")

WARM_UP = 3
"""Steps of each kind before it is recorded, as PyTorch advises: libraries choose their algorithms
in them, and optimisers make their moments."""


@dataclass(frozen=True)
class Recorded:
    """One kind of step.

    Attributes:
        graph: starts it.
        result: where it leaves what it gives.
        gradients: where it leaves each parameter's gradient. Another kind leaves its own
            elsewhere, so a parameter's is set anew after each start.
    """

    graph: torch.cuda.CUDAGraph
    result: StepTensors
    gradients: list[tuple[nn.Parameter, Tensor | None]]


class Graphs(Buffered):
    """Each kind of step is recorded when it has run some times, and is then started as one.

    Draws of the device itself go on as without graphs: a recorded step reads the device's seed and
    position when it starts.

    Args:
        networks: all that the step changes the weights of.
        required: whether steps that cannot be recorded end the training; otherwise they run one
            operation at a time, and that is told.
    """

    name = "graph"
    told = f"its steps run as CUDA graphs, after {WARM_UP} of each kind that run without"

    def __init__(
        self, body: Body, device: torch.device, networks: Sequence[nn.Module], required: bool
    ):
        self._parameters = [p for network in networks for p in network.parameters()]
        self._required, self._refused = required, False
        # One for warming up and for recording: what autograd keeps for a parameter belongs to the
        # stream that it was first used on.
        self._stream = torch.cuda.Stream(device)
        super().__init__(body, device, WARM_UP)

    def forget(self) -> None:
        super().forget()
        self._recorded: dict[Kind, Recorded] = {}
        # Kinds share their memory: one runs at a time, and what it gives is read before the next.
        self._pool = torch.cuda.graph_pool_handle()

    def _warming_up(self, kind: Kind, batches: Sequence[Batch]) -> StepTensors:
        now = torch.cuda.current_stream(self._device)
        self._stream.wait_stream(now)
        with torch.cuda.stream(self._stream):
            result = self.body(kind, batches)
        now.wait_stream(self._stream)
        return result

    def _from_buffers(self, kind: Kind, buffers: Buffers) -> StepTensors:
        if kind not in self._recorded and not self._refused:
            self._record(kind, buffers)
        recorded = self._recorded.get(kind)
        if recorded is None:
            return super()._from_buffers(kind, buffers)
        recorded.graph.replay()
        for parameter, gradient in recorded.gradients:
            parameter.grad = gradient
        return recorded.result

    def _record(self, kind: Kind, buffers: Buffers) -> None:
        """Record one kind; its work is not done by that.

        Raises:
            UserError: it cannot be recorded, and has to be.
        """
        graph = torch.cuda.CUDAGraph()
        # A thread that reads images ahead may ask for memory meanwhile.
        mode = "thread_local"
        now = torch.cuda.current_stream(self._device)
        try:
            with torch.cuda.graph(graph, self._pool, self._stream, capture_error_mode=mode):
                result = super()._from_buffers(kind, buffers)
        except RuntimeError as error:
            # Where ending the recording failed, too, its stream is still the one in use.
            torch.cuda.set_stream(now)
            reason = str(error).splitlines()[0][:200]
            told = f"this PyTorch could not record a step as a CUDA graph ({reason})"
            if self._required:
                raise UserError(f"train.execution = graph: {told}. Set it to eager.") from error
            self._refused, self.name = True, "eager"
            log.warning("train.execution: %s; steps run one operation at a time.", told)
            return
        gradients = [(parameter, parameter.grad) for parameter in self._parameters]
        self._recorded[kind] = Recorded(graph, result, gradients)
