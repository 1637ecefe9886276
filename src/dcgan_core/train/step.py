"""One training step: n_dis discriminator updates, one generator update, one EMA update."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor, nn

from ..data.minima import batches_for_step
from ..device.base import Device, placed
from ..device.distributed import ALONE, World
from ..nets import Discriminator, Generator
from ..nets.across_ranks import running_statistics, spread
from ..params import Params
from .ema import Ema
from .execution.choice import choose
from .execution.eager import Kind
from .execution.step_result import Batch, StepResult, StepTensors, parts
from .objective.losses import discriminator_loss, feature_distance, generator_loss
from .objective.penalties import gradient_penalty, input_penalty
from .optim import build_optimizer, load_optimizer, optimizer_state, set_lr
from .stabilise.discriminator_input import View
from .stabilise.replay import Replay


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Let none of the network's weights take part in gradients meanwhile."""
    network.requires_grad_(False)
    try:
        yield
    finally:
        network.requires_grad_(True)


class Stepper:
    """Both networks with their optimisers, on one device; with several ranks, a copy on each.

    Ranks see equal shares of each batch and average their gradients, so all copies stay equal and
    are what one rank would make of the whole batch, to rounding. Draws that settings may add
    (noise, dropout, augmentation, flipped labels, replay) come from PyTorch's global generators,
    seeded anew at each step: a resumed run makes the same. Fakes are of the classes of the real
    batch that they stand beside, which needs no draw, and keeps pairs within a class.

    Args:
        params: sections ``train``, ``objective`` and ``stabilise``.
        latent_rng: the CPU generator that every training latent comes from.
        world: the ranks.
    """

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator,
        params: Params,
        device: Device,
        latent_rng: torch.Generator,
        world: World = ALONE,
    ):
        self.params, self.objective = params.train, params.objective
        self.device, self.latent_rng, self.world = device, latent_rng, world
        self.generator = placed(generator, device.device).train()
        self.discriminator = placed(discriminator, device.device).train()
        self.ema = Ema(self.generator, self.params.ema_decay, device.number(1.0))
        for network in (self.generator, self.discriminator):
            spread(network, world, self.params.sync_batch_norm)
        train = self.params
        self.optimizer_g = build_optimizer(device, generator.parameters(), train, train.lr)
        self.optimizer_d = build_optimizer(
            device, discriminator.parameters(), train, train.lr * train.ttur
        )
        if train.compile:
            device.compile(self.generator)
            device.compile(self.discriminator)
        networks = (self.generator, self.discriminator)
        self.execution = choose(params, device, world, self._whole_step, networks)
        self.draws = self.execution.draws
        self.view = View(params.stabilise, world, self.draws)
        self.replay = Replay(params.stabilise.replay, self.draws)
        self.updates_d = self.steps = 0

    def set_lr(self, factor: float) -> None:
        """Let both optimisers run at ``factor`` times the learning rates of the settings."""
        set_lr(self.optimizer_g, self.params.lr * factor)
        set_lr(self.optimizer_d, self.params.lr * self.params.ttur * factor)

    def step(self, next_real: Callable[[], Batch]) -> StepResult:
        """Run one step; ``next_real`` gives a fresh real batch for each that the step takes."""
        self.device.seed(self.params.seed * 1_000_003 + self.steps)
        batches = [next_real() for _ in range(batches_for_step(self.params))]
        self.ema.advance()
        tensors = self.execution.run(self._kind(), batches)
        self.updates_d += self.params.n_dis
        self.steps += 1
        return StepResult(self.objective, self.world, *tensors)

    def _kind(self) -> Kind:
        """Which of the next step's updates of the discriminator pay penalties."""
        objective = self.objective
        penalised = objective.r1_gamma > 0 or objective.r2_gamma > 0
        updates = range(self.updates_d, self.updates_d + self.params.n_dis)
        return tuple(penalised and update % objective.penalty_every == 0 for update in updates)

    def _whole_step(self, kind: Kind, batches: Sequence[Batch]) -> StepTensors:
        """All that the device does in a step; what the host decides in it has been decided."""
        for update, due in enumerate(kind):
            real, classes = parts(batches[min(update, len(batches) - 1)])
            reused = update == len(kind) - 1 and self.params.fakes == "reused"
            with torch.set_grad_enabled(reused):
                fake = self._fakes(len(real), classes)
            updated = self._update_discriminator(real, fake.detach(), classes, due)
        loss_d, real_logits, fake_logits = updated
        if self.params.fakes == "fresh":
            fake = self._fakes(len(real), classes)
        loss_g, fake_logits_after = self._update_generator(fake, real.detach(), classes)
        if not self.params.sync_batch_norm:
            # Each rank's are of its own images; what is saved and averaged is their mean.
            networks = (self.generator, self.discriminator)
            self.world.average_([t for n in networks for t in running_statistics(n)])
        self.ema.follow(self.generator)
        found = (loss_d, loss_g, real_logits, fake_logits, fake_logits_after)
        return StepTensors(*(tensor.detach() for tensor in found))

    def autocast(self):
        return self.device.autocast(self.params.precision)

    def _fakes(self, count: int, classes: Tensor | None) -> Tensor:
        latents = self.draws(partial(self._latents, count), self.device.device)
        with self.autocast():
            return self.generator(latents, classes)

    def _latents(self, count: int) -> Tensor:
        count, length = count * self.world.count, self.generator.latent_length
        return self.world.own_rows(torch.randn(count, length, generator=self.latent_rng))

    def _score(
        self,
        images: Tensor,
        classes: Tensor | None,
        penalised: bool = False,
        plain: bool = False,
    ) -> Tensor:
        """Logits of what the view leaves of ``images``, float32 at least.

        Args:
            images: N×C×H×W in [-1,1], all of them real or all fakes.
            classes: of each, N; None for unconditional networks.
            penalised: their gradient is a part of the loss, and computed in fp32.
            plain: never through a compiled network.
        """
        score = self.discriminator.forward if plain else self.discriminator
        with self.device.autocast("fp32" if penalised else self.params.precision):
            logits = score(self.view(images), classes)
        return logits.to(torch.promote_types(logits.dtype, torch.float32))

    def _update_discriminator(
        self, real: Tensor, fake: Tensor, classes: Tensor | None, due: bool
    ) -> tuple[Tensor, Tensor, Tensor]:
        objective = self.objective
        r1, r2 = due and objective.r1_gamma > 0, due and objective.r2_gamma > 0
        real = real.detach().requires_grad_(r1)
        fake, fake_classes = self._replayed(fake, classes)
        shown = fake.float().requires_grad_() if r2 else fake
        # Real and fake go through separately: one concatenated batch would share its batch
        # norm statistics between the two.
        # Compiled networks cannot be differentiated twice, and beside one that is they would
        # change running statistics that its graph holds on to.
        plain = r1 or r2
        real_logits = self._score(real, classes, penalised=r1, plain=plain)
        fake_logits = self._score(shown, fake_classes, penalised=r2, plain=plain)
        loss = total = discriminator_loss(
            real_logits, fake_logits, objective, self.world, self.draws
        )
        # Paid every penalty_every updates, so as many times as much (Karras et al. 2020).
        if r1:
            weight = objective.r1_gamma * objective.penalty_every
            total = total + weight * input_penalty(real, real_logits)
        if r2:
            weight = objective.r2_gamma * objective.penalty_every
            total = total + weight * input_penalty(shown, fake_logits)
        if objective.gradient_penalty:
            share = self.draws(partial(self.world.rand, len(real)), real.device)
            critic = partial(self.discriminator.forward, classes=classes)
            penalty = gradient_penalty(critic, real, fake, share)
            total = total + objective.gradient_penalty * penalty
        self._apply(total, self.optimizer_d, self.discriminator)
        self._clip_weights()
        self.view.augment.observe(real_logits)
        return loss, real_logits, fake_logits

    def _replayed(self, fake: Tensor, classes: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Fakes, some of them of earlier steps, and the class of each."""
        if not self.replay.share:
            return fake, classes
        # The pool is of all ranks' fakes, and the same on every rank.
        gather, own = self.world.gather, self.world.own_rows
        fakes, theirs = self.replay.mix(gather(fake), None if classes is None else gather(classes))
        return own(fakes), None if theirs is None else own(theirs)

    def _update_generator(
        self, fake: Tensor, real: Tensor, classes: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        objective = self.objective
        # D's weights need no gradients here; freezing them saves a twelfth of the step.
        with frozen(self.discriminator):
            fake_logits = self._score(fake, classes)
            real_logits = self._score(real, classes) if objective.relativistic else None
            loss = generator_loss(fake_logits, objective, real_logits)
            if objective.feature_matching:
                with self.autocast():
                    real_features = self.discriminator.features(self.view(real))
                    fake_features = self.discriminator.features(self.view(fake))
                distance = feature_distance(real_features, fake_features, self.world)
                loss = loss + objective.feature_matching * distance
            self._apply(loss, self.optimizer_g, self.generator)
        return loss, fake_logits

    def _apply(self, loss: Tensor, optimizer: torch.optim.Optimizer, network: nn.Module) -> None:
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.world.average_([p.grad for p in network.parameters() if p.grad is not None])
        if self.params.clip_gradients:
            nn.utils.clip_grad_norm_(network.parameters(), self.params.clip_gradients)
        self.device.mark_step()
        optimizer.step()
        self.device.mark_step()

    @torch.no_grad()
    def _clip_weights(self) -> None:
        if bound := self.objective.weight_clip:
            torch._foreach_clamp_min_(list(self.discriminator.parameters()), -bound)
            torch._foreach_clamp_max_(list(self.discriminator.parameters()), bound)

    def state_dict(self) -> dict:
        """Networks, average, optimisers, pools, counts and the latents' generator."""
        return {
            **{name: getattr(self, name).state_dict() for name in STATEFUL},
            **{name: optimizer_state(getattr(self, name)) for name in OPTIMIZERS},
            "augment": self.view.augment.state_dict(),
            "latent_rng": self.latent_rng.get_state(),
            "updates_d": self.updates_d,
            "steps": self.steps,
        }

    def load_state_dict(self, state: dict) -> None:
        """Take up a saved state."""
        for name in STATEFUL:
            getattr(self, name).load_state_dict(state[name])
        for name in OPTIMIZERS:
            load_optimizer(getattr(self, name), state[name])
        self.view.augment.load_state_dict(state["augment"])
        self.latent_rng.set_state(state["latent_rng"])
        self.updates_d, self.steps = state["updates_d"], state["steps"]
        # Optimisers have other tensors now.
        self.execution.forget()


STATEFUL = ("generator", "discriminator", "ema", "replay")
OPTIMIZERS = ("optimizer_g", "optimizer_d")
SETTLED = ("generator", "discriminator", "ema", "latent_rng", "updates_d", "steps")
"""What of the state is of one kind throughout; optimisers and pools fill as training goes."""
