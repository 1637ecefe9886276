"""Settings of the train stage: the run, the objective, stabilisers, the watch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from .fields import OwnPath, Real, Section, Seed, Sha256, Share, Whole

RELATIVISTIC = ("bce", "hinge")
"""Losses that have a form on pairs."""
SMOOTHED = ("bce", "minimax")
"""Losses whose label of real images may be smoothed."""
FLIPPED = ("bce", "minimax", "lsgan")
"""Losses whose labels may be exchanged."""
CLIPPED = ("wasserstein",)
"""Losses whose discriminator may have its weights clipped."""


class Train(Section):
    """The training itself: its length, optimisers, batches and arithmetic."""

    images: Annotated[Whole, Field(ge=0, le=10_000_000_000)]
    """Length: real images shown, rounded up to whole steps; 0 leaves it to ``epochs``."""
    epochs: Annotated[Whole, Field(ge=0, le=100_000)]
    """Length: passes over the training split; 0 leaves it to ``images``."""
    batch_size: Annotated[Whole, Field(ge=2, le=65_536)]
    """Real images a step."""
    optimizer: Literal["adamw", "adam", "sgd", "rmsprop"]
    """Optimiser of both networks."""
    lr: Annotated[Real, Field(gt=0, le=1)]
    """Learning rate of the generator, and of the discriminator too where ``ttur`` is 1."""
    ttur: Annotated[Real, Field(gt=0, le=1000)]
    """The discriminator's learning rate as a multiple of ``lr`` (Heusel et al. 2017)."""
    schedule: Literal["constant", "linear", "cosine", "exponential"]
    """How learning rates fall after ``decay_from``; exponential ends at a hundredth."""
    decay_from: Annotated[Real, Field(ge=0, lt=1)]
    """Share of the training after which learning rates fall."""
    warmup: Annotated[Whole, Field(ge=0, le=1_000_000)]
    """Steps over which learning rates rise from 0; 0 starts at once."""
    beta1: Annotated[Real, Field(ge=0, lt=1)]
    """Adam's first moment decay; the momentum of sgd and rmsprop."""
    beta2: Annotated[Real, Field(ge=0, lt=1)]
    """Adam's second moment decay; rmsprop's alpha."""
    eps: Annotated[Real, Field(gt=0, le=0.1)]
    """The optimiser's denominator floor; sgd has none."""
    weight_decay: Annotated[Real, Field(ge=0, le=1)]
    """Weight decay; decoupled in adamw."""
    clip_gradients: Annotated[Real, Field(ge=0, le=1_000_000)]
    """Largest norm of each network's gradient; 0 turns clipping off."""
    n_dis: Annotated[Whole, Field(ge=1, le=100)]
    """Discriminator updates for one generator update."""
    n_dis_batch: Literal["new", "same"]
    """Whether each of those updates takes a new real batch or the step's one."""
    fakes: Literal["reused", "fresh"]
    """Whether the generator's update scores the discriminator's last fakes or makes new ones."""
    ema_decay: Annotated[Real, Field(ge=0, lt=1)]
    """Averaging of the generator's weights over steps; 0 turns it off."""
    flip: bool
    """Mirror half of the real images left to right."""
    sync_batch_norm: bool
    """With several processes: batch norm over the whole batch; false: over each one's share."""
    loader: Literal["pack", "habana"]
    """What reads real images: habana is HabanaDataLoader, for HPUs, neither seeded nor exact."""
    precision: Literal["fp32", "bf16"]
    """Arithmetic of the networks; bf16 is autocast, weights stay fp32."""
    compile: bool
    """Run the networks through torch.compile; on an HPU in eager mode only."""
    execution: Literal["auto", "eager", "graph"]
    """How a step gets to a GPU: its operations one by one, or recorded once as a CUDA graph and
    started as one; auto is graph on an NVIDIA GPU where the other settings allow it."""
    snapshots: Annotated[Whole, Field(ge=2, le=1000)]
    """Generators kept, about: an early one, the last, and some spread evenly between."""
    log_every: Annotated[Whole, Field(ge=1, le=1_000_000)]
    """Steps between rows of the history."""
    start_from: OwnPath
    """A file whose networks' weights training starts from, where they fit: a generator, or the
    training_state.pt of a run; empty starts from random ones."""
    start_from_sha256: Sha256
    """Expected hash of that file; required with it."""
    seed: Seed
    """Initial weights, latents, order and mirroring of images."""

    @model_validator(mode="after")
    def _one_length(self) -> Train:
        if bool(self.images) == bool(self.epochs):
            raise ValueError(
                f"images = {self.images} and epochs = {self.epochs}: one of them gives the length "
                "of the training, and the other must be 0"
            )
        return self

    @model_validator(mode="after")
    def _start_has_hash(self) -> Train:
        if bool(self.start_from) != bool(self.start_from_sha256):
            raise ValueError(
                "start_from and start_from_sha256, the file and its sha256 (sha256sum FILE), go "
                "together: give both or neither"
            )
        return self


class Objective(Section):
    """What the two networks minimise."""

    loss: Literal["bce", "minimax", "lsgan", "hinge", "wasserstein"]
    """bce is the non-saturating loss (Goodfellow et al. 2014), minimax the saturating one."""
    relativistic: bool
    """Score real images relative to fakes, pair by pair (Jolicoeur-Martineau 2018)."""
    d_loss: Literal["sum", "mean"]
    """Whether the discriminator's loss is the sum or the mean of its real and fake parts."""
    real_label: Annotated[Real, Field(gt=0, le=1)]
    """Target for real images in the discriminator's loss (bce, minimax); 0.9 smooths one side."""
    label_flip: Annotated[Real, Field(ge=0, le=0.5)]
    """Share of the discriminator's real and fake labels exchanged (bce, minimax, lsgan)."""
    feature_matching: Annotated[Real, Field(ge=0, le=1000)]
    """Weight of matching the discriminator's mean features in the generator's loss; 0 is off."""
    gradient_penalty: Annotated[Real, Field(ge=0, le=1000)]
    """Weight of WGAN-GP's penalty (Gulrajani et al. 2017 use 10); 0 turns it off."""
    weight_clip: Annotated[Real, Field(ge=0, le=10)]
    """Largest weight of a Wasserstein critic (Arjovsky et al. 2017 use 0.01); 0 is off."""
    r1_gamma: Annotated[Real, Field(ge=0, le=1000)]
    """Weight of the R1 gradient penalty on real images; 0 turns it off."""
    r2_gamma: Annotated[Real, Field(ge=0, le=1000)]
    """Weight of the R2 gradient penalty on fakes; 0 turns it off."""
    penalty_every: Annotated[Whole, Field(ge=1, le=1000)]
    """Discriminator updates between two R1 and R2 penalties, each weighted that many times."""

    @model_validator(mode="after")
    def _fit_together(self) -> Objective:
        if self.relativistic and self.loss not in RELATIVISTIC:
            raise ValueError(
                f"relativistic works with loss {' or '.join(RELATIVISTIC)}, not {self.loss}"
            )
        if self.real_label != 1 and self.loss not in SMOOTHED:
            raise ValueError(f"real_label must be 1 with loss {self.loss}; it has no probability")
        if self.relativistic and (self.real_label != 1 or self.label_flip):
            raise ValueError("relativistic has no labels: real_label must be 1 and label_flip 0")
        if self.label_flip and self.loss not in FLIPPED:
            raise ValueError(f"label_flip must be 0 with loss {self.loss}; it has no labels")
        if self.weight_clip and self.loss not in CLIPPED:
            raise ValueError(
                f"weight_clip must be 0 with loss {self.loss}; it is {' or '.join(CLIPPED)}'s"
            )
        return self


class Stabilise(Section):
    """What keeps training steady, or ends it early."""

    noise: Annotated[Real, Field(ge=0, le=2)]
    """Standard deviation of noise on all images the discriminator sees; 0 turns it off."""
    noise_kind: Literal["additive", "proportional"]
    """proportional multiplies the noise by the pixel's absolute value."""
    noise_until: Share
    """Share of the training by which the noise has faded to nothing; 0 keeps it constant."""
    augment: Literal["none", "diffaugment", "ada"]
    """Differentiable augmentation for few images: always, or adaptively (Karras et al. 2020)."""
    ada_target: Annotated[Real, Field(gt=0, lt=1)]
    """Mean sign of the discriminator's real logits that ada aims at."""
    replay: Share
    """Share of the discriminator's fakes taken from earlier steps."""
    stop_on: Literal["none", "loss", "kid"]
    """Stop early when the generator's mean loss, or KID on validation images, no longer falls."""
    patience: Annotated[Whole, Field(ge=1, le=100_000)]
    """Rounds without a new lowest value before stopping: epochs, or with ``train.images`` about
    2,048 images each."""


class Watch(Section):
    """How training is watched, and what is done when it goes wrong."""

    action: Literal["off", "warn", "stop", "rollback"]
    """What to do when training goes wrong; rollback returns to the last good state."""
    every: Annotated[Whole, Field(ge=1, le=100_000)]
    """Steps between two looks."""
    lr_factor: Annotated[Real, Field(gt=0, lt=1)]
    """What a rollback multiplies learning rates by."""
