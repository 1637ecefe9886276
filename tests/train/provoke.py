"""A textbook training small enough to be driven into every kind of failure within seconds."""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, relu, softplus

from dcgan_core.nets import build_networks
from dcgan_core.params import Params
from dcgan_core.train.watch.gradients import LayerGradients, read_gradients


def discs(count: int, side: int, seed: int = 0) -> Tensor:
    """Images count×3×side×side in [-1,1]: a coloured disc anywhere on a coloured slope."""
    rng = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.rand(count, *shape, generator=rng)

    line = torch.linspace(0, 1, side)
    y, x = line.view(1, 1, side, 1), line.view(1, 1, 1, side)
    slope = draw(3, 1, 1) + (draw(3, 1, 1) - 0.5) * y + (draw(3, 1, 1) - 0.5) * x
    radius = 0.12 + 0.25 * draw(1, 1, 1)
    distance = ((y - draw(1, 1, 1)) ** 2 + (x - draw(1, 1, 1)) ** 2).sqrt()
    inside = ((radius - distance) * side).clamp(0, 1)
    return ((1 - inside) * slope + inside * draw(3, 1, 1)).clamp(0, 1) * 2 - 1


def losses(kind: str, real: Tensor, fake: Tensor, label: float, pairs: bool) -> Tensor:
    """The discriminator's loss by its textbook formula; ``pairs`` for the relativistic one."""
    if pairs:
        return softplus(fake - real).mean()
    if kind == "hinge":
        return relu(1 - real).mean() + relu(1 + fake).mean()
    if kind == "lsgan":
        return ((real - 1).square().mean() + fake.square().mean()) / 2
    if kind == "wasserstein":
        return fake.mean() - real.mean()
    target = torch.full_like(real, label)
    return binary_cross_entropy_with_logits(real, target) + softplus(fake).mean()


def generator_loss(kind: str, fake: Tensor) -> Tensor:
    """The generator's, likewise."""
    if kind in ("hinge", "wasserstein"):
        return -fake.mean()
    if kind == "lsgan":
        return (fake - 1).square().mean() / 2
    return -softplus(fake).mean() if kind == "minimax" else softplus(-fake).mean()


class Training:
    """Both networks on discs, one D and one G update a step, with the step's statistics."""

    def __init__(self, params: Params, lr_d: float, lr_g: float, reals: Tensor, batch: int = 16):
        # Noise inputs draw from PyTorch's global generator.
        torch.manual_seed(0)
        height, width = reals.shape[2:]
        self.generator, self.discriminator = build_networks(params, (height, width))
        self.objective, self.reals, self.batch = params.objective, reals, batch
        betas = (params.train.beta1, params.train.beta2)
        self.opt_d = torch.optim.Adam(self.discriminator.parameters(), lr_d, betas)
        self.opt_g = torch.optim.Adam(self.generator.parameters(), lr_g, betas)
        self.rng = torch.Generator().manual_seed(3)
        self.latents = self._latents(32)

    def _latents(self, count: int) -> Tensor:
        return torch.randn(count, self.generator.latent_length, generator=self.rng)

    def step(self) -> dict[str, float]:
        """One step; Loss_D, Loss_G, D(x), D(G(z)) before and after D's update."""
        chosen = torch.randint(len(self.reals), (self.batch,), generator=self.rng)
        kind, reals = self.objective.loss, self.reals[chosen]
        penalised = self.objective.r1_gamma > 0
        real = self.discriminator(reals.requires_grad_(penalised))
        fakes = self.generator(self._latents(self.batch))
        fake = self.discriminator(fakes.detach())
        loss_d = objective = losses(
            kind, real, fake, self.objective.real_label, self.objective.relativistic
        )
        if penalised:
            (slope,) = torch.autograd.grad(real.sum(), reals, create_graph=True)
            penalty = slope.square().sum((1, 2, 3)).mean() / 2
            objective = loss_d + self.objective.r1_gamma * penalty
        self.opt_d.zero_grad()
        objective.backward()
        self.opt_d.step()
        if self.objective.weight_clip:
            limit = self.objective.weight_clip
            torch._foreach_clamp_min_([p.data for p in self.discriminator.parameters()], -limit)
            torch._foreach_clamp_max_([p.data for p in self.discriminator.parameters()], limit)
        self.discriminator.requires_grad_(False)
        after = self.discriminator(fakes)
        loss_g = generator_loss(kind, after)
        self.opt_g.zero_grad()
        loss_g.backward()
        self.opt_g.step()
        self.discriminator.requires_grad_(True)
        return {
            "loss_d": loss_d.item(),
            "loss_g": loss_g.item(),
            "d_x": real.sigmoid().mean().item(),
            "d_g_z1": fake.sigmoid().mean().item(),
            "d_g_z2": after.sigmoid().mean().item(),
        }

    def gradients(self) -> dict[str, LayerGradients]:
        """Of the last step's updates."""
        return read_gradients({"generator": self.generator, "discriminator": self.discriminator})
