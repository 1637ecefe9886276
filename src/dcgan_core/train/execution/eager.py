"""Steps whose operations are started one by one."""

from collections import Counter
from collections.abc import Callable, Sequence

import torch

from .buffers import Buffers
from .draws import AT_ONCE, BufferedDraws, Draws
from .step_result import Batch, StepTensors

Kind = tuple[bool, ...]
"""What a step is like, of those that settings give: for each of the discriminator's updates,
whether it pays penalties."""
Body = Callable[[Kind, Sequence[Batch]], StepTensors]
"""A whole step on its real batches: every operation of the device, and nothing that the host has to
decide anew."""


class Eager:
    """As PyTorch runs code by itself.

    Args:
        in_the_way: what keeps steps from being recorded, where the device could; may be empty.

    Attributes:
        name: what the run's record calls it.
        told: what people are told about it; may be empty.
        draws: where the step gets what the host draws.
    """

    name, told = "eager", ""
    draws: Draws

    def __init__(self, body: Body, in_the_way: str = ""):
        self.body, self.draws = body, AT_ONCE
        if in_the_way:
            self.told = f"its steps cannot be CUDA graphs, because of {in_the_way}"

    def run(self, kind: Kind, batches: Sequence[Batch]) -> StepTensors:
        """Run the step; what it gives holds until the next one."""
        return self.body(kind, batches)

    def forget(self) -> None:
        """What was kept from earlier steps no longer fits: a state has been taken up."""


class Buffered(Eager):
    """The same operations on inputs whose places never change.

    The first steps of each kind run on the inputs that they are given, so that everything a step
    makes for good is made, and show what they draw; later ones run on the buffers.

    Args:
        device: of the step's tensors.
        warm_up: steps of each kind until then, at least 1.
    """

    draws: BufferedDraws

    def __init__(self, body: Body, device: torch.device, warm_up: int = 1):
        super().__init__(body)
        self.draws = BufferedDraws()
        self._device, self._warm_up = device, warm_up
        self.forget()

    def forget(self) -> None:
        self._seen: Counter[Kind] = Counter()
        self._buffers: dict[Kind, Buffers] = {}

    def run(self, kind: Kind, batches: Sequence[Batch]) -> StepTensors:
        buffers = self._buffers.get(kind)
        if buffers is not None:
            buffers.fill(batches)
            return self._from_buffers(kind, buffers)
        with self.draws.noted() as noted:
            result = self._warming_up(kind, batches)
        self._seen[kind] += 1
        if self._seen[kind] == self._warm_up:
            self._buffers[kind] = Buffers(batches, noted, self._device)
        return result

    def _warming_up(self, kind: Kind, batches: Sequence[Batch]) -> StepTensors:
        return self.body(kind, batches)

    def _from_buffers(self, kind: Kind, buffers: Buffers) -> StepTensors:
        with self.draws.taken_from(buffers.drawn):
            return self.body(kind, buffers.batches)
