"""One training step: n_dis discriminator updates, one generator update, one EMA update."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..device import Device
from ..nets import Discriminator, Generator
from ..params import Train
from .ema import Ema
from .losses import discriminator_loss, generator_loss, mean_probability
from .regularize import r1_penalty


@dataclass
class StepRecord:
    """The step's tensors, still on the device; reading them is the caller's choice."""

    loss_d: Tensor
    loss_g: Tensor
    real_logits: Tensor
    fake_logits: Tensor
    fake_logits_after: Tensor

    def statistics(self) -> dict[str, Tensor]:
        """Loss_D, Loss_G, D(x), D(G(z)) before and after D's update: 0-d tensors."""
        return {
            "loss_d": self.loss_d.detach(),
            "loss_g": self.loss_g.detach(),
            "d_x": mean_probability(self.real_logits),
            "d_g_z1": mean_probability(self.fake_logits),
            "d_g_z2": mean_probability(self.fake_logits_after),
        }


def gradient_norm(network: nn.Module) -> Tensor:
    """Euclidean norm of all of the network's present gradients, as a 0-d tensor."""
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    return torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))


class Stepper:
    """Both networks with their optimisers, on one device.

    Args:
        params: the ``train`` section.
        latent_rng: the CPU generator that every training latent comes from.
    """

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator,
        params: Train,
        device: Device,
        latent_rng: torch.Generator,
    ):
        self.params, self.device, self.latent_rng = params, device, latent_rng
        place = {"device": device.device, "memory_format": torch.channels_last}
        self.generator = generator.to(**place).train()
        self.discriminator = discriminator.to(**place).train()
        self.ema = Ema(self.generator, params.ema_decay)
        settings = {
            "lr": params.lr,
            "betas": (params.beta1, params.beta2),
            "eps": params.eps,
            "weight_decay": params.weight_decay,
        }
        self.optimizer_g = device.optimizer(self.generator.parameters(), **settings)
        self.optimizer_d = device.optimizer(self.discriminator.parameters(), **settings)
        self.updates_d = 0

    def set_lr(self, factor: float) -> None:
        """Let both optimisers run at ``factor`` times the learning rate of the settings."""
        for optimizer in (self.optimizer_g, self.optimizer_d):
            for group in optimizer.param_groups:
                group["lr"] = self.params.lr * factor

    def step(self, next_real: Callable[[], Tensor]) -> StepRecord:
        """Run one step; ``next_real`` gives a fresh real batch for each discriminator update."""
        for _ in range(self.params.n_dis - 1):
            real = next_real()
            with torch.no_grad(), self._autocast():
                fake = self.generator(self._latents(len(real)))
            self._update_discriminator(real, fake)
        real = next_real()
        with self._autocast():
            fake = self.generator(self._latents(len(real)))
        loss_d, real_logits, fake_logits = self._update_discriminator(real, fake.detach())
        loss_g, fake_logits_after = self._update_generator(fake)
        self.ema.update(self.generator)
        return StepRecord(loss_d, loss_g, real_logits, fake_logits, fake_logits_after)

    def _autocast(self):
        return self.device.autocast(self.params.precision)

    def _latents(self, count: int) -> Tensor:
        latents = torch.randn(count, self.generator.latent_length, generator=self.latent_rng)
        return latents.to(self.device.device)

    def _update_discriminator(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        penalised = self.params.r1_gamma > 0 and self.updates_d % self.params.r1_every == 0
        self.updates_d += 1
        # Real and fake go through separately: one concatenated batch would share its batch
        # norm statistics between the two.
        with self.device.autocast("fp32" if penalised else self.params.precision):
            real_logits = self.discriminator(real.requires_grad_(penalised)).float()
        with self._autocast():
            fake_logits = self.discriminator(fake).float()
        loss = discriminator_loss(real_logits, fake_logits)
        objective = loss
        if penalised:
            # Paid every r1_every updates, so as many times as much (Karras et al. 2020).
            weight = self.params.r1_gamma * self.params.r1_every
            objective = loss + weight * r1_penalty(real, real_logits)
        self.optimizer_d.zero_grad(set_to_none=True)
        objective.backward()
        self.device.mark_step()
        self.optimizer_d.step()
        self.device.mark_step()
        return loss, real_logits, fake_logits

    def _update_generator(self, fake: Tensor) -> tuple[Tensor, Tensor]:
        # D's weights need no gradients here; freezing them saves a twelfth of the step.
        self.discriminator.requires_grad_(False)
        with self._autocast():
            fake_logits = self.discriminator(fake)
        loss = generator_loss(fake_logits.float())
        self.optimizer_g.zero_grad(set_to_none=True)
        loss.backward()
        self.device.mark_step()
        self.optimizer_g.step()
        self.device.mark_step()
        self.discriminator.requires_grad_(True)
        return loss, fake_logits.float()

    def state_dict(self) -> dict:
        """Networks, average, optimisers and the latents' generator."""
        return {
            "generator": self.generator.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "ema": self.ema.state_dict(),
            "optimizer_g": self.optimizer_g.state_dict(),
            "optimizer_d": self.optimizer_d.state_dict(),
            "latent_rng": self.latent_rng.get_state(),
            "updates_d": self.updates_d,
        }

    def load_state_dict(self, state: dict) -> None:
        """Take up a saved state."""
        for name in ("generator", "discriminator", "ema", "optimizer_g", "optimizer_d"):
            getattr(self, name).load_state_dict(state[name])
        self.latent_rng.set_state(state["latent_rng"])
        self.updates_d = state["updates_d"]
