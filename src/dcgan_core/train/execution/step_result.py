"""What goes into a step and what it gives, and how to read that."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ...device.distributed import World
from ...params import Objective
from ..objective.losses import mean_output

Batch = Tensor | tuple[Tensor, Tensor]
"""Real images N×C×H×W on the device; for conditional networks with the class of each, int64 N."""


def parts(batch: Batch) -> tuple[Tensor, Tensor | None]:
    """The images, and their classes if there are any."""
    return batch if isinstance(batch, tuple) else (batch, None)


class StepTensors(NamedTuple):
    """What a step computes: two losses, 0-d, and the discriminator's logits, N each, no graph."""

    loss_d: Tensor
    loss_g: Tensor
    real_logits: Tensor
    fake_logits: Tensor
    fake_logits_after: Tensor


@dataclass
class StepResult:
    """The step's tensors of this rank, on the device; reading them is the caller's choice.

    They hold until the next step, which may put its own in their place.
    """

    objective: Objective
    world: World
    loss_d: Tensor
    loss_g: Tensor
    real_logits: Tensor
    fake_logits: Tensor
    fake_logits_after: Tensor

    def statistics(self) -> dict[str, Tensor]:
        """Loss_D, Loss_G, D(x), D(G(z)) before and after D's update: 0-d tensors of their own.

        Means over all ranks, which must all ask.
        """
        statistics = {
            "loss_d": self.loss_d.detach().clone(),
            "loss_g": self.loss_g.detach().clone(),
            "d_x": mean_output(self.real_logits, self.objective),
            "d_g_z1": mean_output(self.fake_logits, self.objective),
            "d_g_z2": mean_output(self.fake_logits_after, self.objective),
        }
        self.world.average_([*statistics.values()])
        return statistics


def read_scalars(tensors: Mapping[str, Tensor]) -> dict[str, float]:
    """The values of 0-d tensors by name, with one read from the device."""
    return dict(zip(tensors, torch.stack([*tensors.values()]).tolist(), strict=True))


def gradient_norm(network: nn.Module) -> Tensor:
    """Euclidean norm of all of the network's present gradients, as a 0-d tensor."""
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    return torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
